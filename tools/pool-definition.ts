import { crc32 } from 'node:zlib'

/** One definition as a package has it, brought to the form of the pool. */
export interface RawDefinition {
  readonly isFunction: boolean
  readonly name: string
  readonly id: number
  /** `name#id field:type … = Type` */
  readonly text: string
}

/** Entries that are no definition of an object: what they mean is built into the codec. */
const BUILT_IN = /^(vector|boolTrue|boolFalse|true|null|int|long|double|string|bytes|int128|int256)#/

/** Definitions of DNS answers and of TLS camouflage, which some packages carry beside the API. */
const NOT_API = /^(ipPort|ipPortSecret|accessPointRule|help\.configSimple|test\.\w+|tls[A-Z]\w*)#/

/** The definition that these parts make; none when the API has no use for it. */
export function definitionOf(
  isFunction: boolean,
  name: string,
  id: number,
  fields: readonly string[],
  result: string,
): RawDefinition[] {
  const text = [`${name}#${hex(id)}`, ...fields].join(' ') + ` = ${result}`
  return BUILT_IN.test(text) || NOT_API.test(text) ? [] : [{ isFunction, name, id, text }]
}

/** The id that a definition has by its line. https://core.telegram.org/mtproto/TL-formal#constructor-names */
export function idOf(text: string): number {
  const line = text
    .replace(/#[0-9a-f]{1,8}(?= )/, '')
    .replace(/ \w+:flags\d*\.\d+\?true(?= )/g, '')
    .replace(/:bytes(?= )/g, ':string')
    .replace(/\?bytes(?= )/g, '?string')
    .replace(/[<]/g, ' ')
    .replace(/[>{}]/g, '')
  return crc32(line)
}

export function hex(id: number): string {
  return id.toString(16).padStart(8, '0')
}
