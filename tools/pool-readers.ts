import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { snakeCase } from '../src/tl/names.ts'
import { definitionOf, type RawDefinition } from './pool-definition.ts'

/** Readers of the forms in which packages carry definitions: parsed entries of two kinds, and TL text. */

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

/** Entries that a JavaScript module exports. */
export function readTeleproto(file: string): RawDefinition[] {
  const entries = createRequire(import.meta.url)(file) as TeleprotoEntry[]
  return entries.flatMap((entry) => {
    // The service definitions of MTProto are ours (mtproto.tl); some lack a place in this package.
    const name = entry.name.charAt(0).toLowerCase() + entry.name.slice(1)
    const isGeneric = entry.isFunction && entry.result === 'X'
    const fields = Object.entries(entry.argsConfig).map(([key, field]) => teleprotoField(key, field))
    if (isGeneric) fields.unshift('{X:Type}')
    const title = entry.namespace ? `${entry.namespace}.${name}` : name
    return definitionOf(entry.isFunction, title, entry.constructorId >>> 0, fields, entry.result)
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

/** Old definitions that this package keeps for itself, under the names of today's. */
const KEPT_BY_MTCUTE: ReadonlySet<number> = new Set([0x27d69997, 0x0dbaeae9])

/** Entries in a JSON file. */
export function readMtcute(file: string): RawDefinition[] {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as { e: MtcuteEntry[] }
  return schema.e.flatMap((entry) => {
    if (entry.name.startsWith('mtcute.') || KEPT_BY_MTCUTE.has(entry.id >>> 0)) return []
    const generics = (entry.generics ?? []).map((generic) => `{${generic.name}:${generic.type}}`)
    const fields = entry.arguments.map(
      (field) => `${field.name}:${mtcuteType(field.type, field.typeModifiers)}`,
    )
    const result = mtcuteType(entry.type, entry.typeModifiers)
    return definitionOf(entry.kind === 'method', entry.name, entry.id >>> 0, [...generics, ...fields], result)
  })
}

function mtcuteType(name: string, modifiers: MtcuteModifiers = {}): string {
  let type = name.replace(/\bint53\b/, 'long')
  if (modifiers.isBareUnion) type = `%${type}`
  if (modifiers.isVector) type = `Vector<${type}>`
  if (modifiers.isBareVector) type = `vector<${type}>`
  return modifiers.predicate === undefined ? type : `${modifiers.predicate}?${type}`
}

/** TL text, as a file or as a string in a JavaScript module. */
export function readTlText(file: string): RawDefinition[] {
  let isFunction = false
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('---')) isFunction = line.includes('functions')
      // The first line stands behind the opening quote of the string.
      const match = /^(?:[^/]*`)?([\w.]+)#([0-9a-f]+) (?:(.*) )?= (.+?);/.exec(line.trim())
      if (!match) return []
      const [, title = '', id = '', text = '', result = ''] = match
      const fields = text.split(' ').filter(Boolean)
      return definitionOf(
        isFunction,
        title,
        Number.parseInt(id, 16),
        fields,
        result.replace(/ (\w+)$/, '<$1>'),
      )
    })
}
