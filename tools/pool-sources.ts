import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { snakeCase } from '../src/tl/names.ts'

/** One definition as a package has it, brought to the form of the pool. */
export interface RawDefinition {
  readonly isFunction: boolean
  readonly id: number
  /** `name#id field:type … = Type` */
  readonly text: string
}

/** A package of the registry that ships the definitions of one layer. */
export interface Source {
  readonly layer: number
  readonly package: string
  readonly licence: 'MIT'
  readonly file: string
  readonly read: (file: string) => RawDefinition[]
}

/** Every source of the pool. Where two have one layer, the first is believed. */
export const SOURCES: readonly Source[] = [
  gramjs(198, 'telegram@2.26.22'),
  mtcute(227, '@mtcute/core@0.30.3', 'tl/api-schema.json'),
  mtcute(228, '@mtcute/core@0.31.0', 'tl/api-schema.json'),
  {
    layer: 229,
    package: 'teleproto@1.229.0',
    licence: 'MIT',
    file: 'tl/generated/api-definitions.js',
    read: readTeleproto,
  },
]

/** A package that carries TL text in a template string. */
function gramjs(layer: number, name: string): Source {
  return { layer, package: name, licence: 'MIT', file: 'tl/apiTl.js', read: readTlText }
}

/** A package that carries parsed entries as JSON. */
function mtcute(layer: number, name: string, file: string): Source {
  return { layer, package: name, licence: 'MIT', file, read: readMtcute }
}

/** Downloads a package and gives the path of its unpacked folder to `use`; removes it afterwards. */
export function withPackage<R>(name: string, use: (folder: string) => R): R {
  const dir = mkdtempSync(join(tmpdir(), 'chappe-pool-'))
  try {
    const packed = execFileSync('npm', ['pack', name, '--silent', '--pack-destination', dir], {
      encoding: 'utf8',
    })
    execFileSync('tar', ['xzf', join(dir, packed.trim().split('\n').at(-1) ?? ''), '-C', dir])
    return use(join(dir, 'package'))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Entries that are no definition of an object: what they mean is built into the codec. */
const BUILT_IN = /^(vector|boolTrue|boolFalse|true|null|int|long|double|string|bytes|int128|int256)#/

/** Definitions of DNS answers and of TLS camouflage, which some packages carry beside the API. */
const NOT_API = /^(ipPort|ipPortSecret|accessPointRule|help\.configSimple|tls[A-Z]\w*)#/

function raw(
  isFunction: boolean,
  title: string,
  id: number,
  fields: string[],
  result: string,
): RawDefinition[] {
  const text = [`${title}#${id.toString(16).padStart(8, '0')}`, ...fields].join(' ') + ` = ${result}`
  return BUILT_IN.test(text) || NOT_API.test(text) ? [] : [{ isFunction, id, text }]
}

interface TeleprotoEntry {
  name: string
  namespace?: string
  constructorId: number
  result: string
  isFunction: boolean
  argsConfig: Record<string, TeleprotoField>
}

interface TeleprotoField {
  isVector: boolean
  isFlag: boolean
  flagName: string | null
  flagIndex: number
  flagIndicator: boolean
  type: string | null
  useVectorId: boolean | null
}

function readTeleproto(file: string): RawDefinition[] {
  const entries = createRequire(import.meta.url)(file) as TeleprotoEntry[]
  return entries.flatMap((entry) => {
    // The service definitions of MTProto are ours (mtproto.tl); some lack a place in this package.
    const name = entry.name.charAt(0).toLowerCase() + entry.name.slice(1)
    const isGeneric = entry.isFunction && entry.result === 'X'
    const fields = Object.entries(entry.argsConfig).map(([key, field]) => teleprotoField(key, field))
    if (isGeneric) fields.unshift('{X:Type}')
    const title = entry.namespace ? `${entry.namespace}.${name}` : name
    return raw(entry.isFunction, title, entry.constructorId >>> 0, fields, entry.result)
  })
}

function teleprotoField(key: string, field: TeleprotoField): string {
  if (field.flagIndicator) return `${key}:#`
  let type = field.type === 'X' ? '!X' : (field.type ?? '')
  if (field.isVector) type = `${field.useVectorId ? 'V' : 'v'}ector<${type}>`
  if (field.isFlag) type = `${field.flagName}.${field.flagIndex}?${type}`
  return `${snakeCase(key)}:${type}`
}

interface MtcuteEntry {
  kind: 'class' | 'method'
  name: string
  type: string
  id: number
  generics?: { name: string; type: string }[]
  typeModifiers?: MtcuteModifiers
  arguments: { name: string; type: string; typeModifiers?: MtcuteModifiers }[]
}

interface MtcuteModifiers {
  predicate?: string
  isVector?: boolean
  isBareVector?: boolean
  isBareUnion?: boolean
}

function readMtcute(file: string): RawDefinition[] {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as { e: MtcuteEntry[] }
  return schema.e.flatMap((entry) => {
    if (entry.name.startsWith('mtcute.')) return []
    const generics = (entry.generics ?? []).map((generic) => `{${generic.name}:${generic.type}}`)
    const fields = entry.arguments.map(
      (field) => `${field.name}:${mtcuteType(field.type, field.typeModifiers)}`,
    )
    const result = mtcuteType(entry.type, entry.typeModifiers)
    return raw(entry.kind === 'method', entry.name, entry.id >>> 0, [...generics, ...fields], result)
  })
}

function mtcuteType(name: string, modifiers: MtcuteModifiers = {}): string {
  let type = name.replace(/\bint53\b/, 'long')
  if (modifiers.isBareUnion) type = `%${type}`
  if (modifiers.isVector) type = `Vector<${type}>`
  if (modifiers.isBareVector) type = `vector<${type}>`
  return modifiers.predicate === undefined ? type : `${modifiers.predicate}?${type}`
}

function readTlText(file: string): RawDefinition[] {
  let isFunction = false
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('---')) isFunction = line.includes('functions')
      // The first line stands behind the opening quote of the string.
      const match = /^(?:.*`)?([\w.]+)#([0-9a-f]+) (?:(.*) )?= (.+);/.exec(line.trim())
      if (!match) return []
      const [, title = '', id = '', fields = '', result = ''] = match
      return raw(isFunction, title, Number.parseInt(id, 16), fields.split(' ').filter(Boolean), result)
    })
}
