import { readFileSync } from 'node:fs'
import { assert, must } from '../lib/assert.ts'
import { camelCase, isNumberLong } from './names.ts'

/**
 * schema/pool.tl: every definition of every served layer, once, with the layers it belongs to. Built by tools/pool.ts.
 *
 *     layers 105-229                              the layers that are served
 *     exact 105-106 109-114 …                     those of them that a source has
 *     ---types---  ---functions---                sections of the API
 *     ---mtproto types---  ---mtproto functions---
 *     198-229 inputUserSelf#f7c1b13f = InputUser  first and last layer, definition
 */

/** The type of a field or a result. `number53` is a long that is a JavaScript number. */
export type TypeRef =
  | { readonly k: Primitive }
  | { readonly k: 'vector'; readonly bare: boolean; readonly of: TypeRef }
  /** A boxed object of a union type. */
  | { readonly k: 'union'; readonly name: string }
  /** The fields of one constructor without its id. */
  | { readonly k: 'bare'; readonly name: string }

type Primitive =
  | 'int'
  | 'long'
  | 'number53'
  | 'double'
  | 'string'
  | 'bytes'
  | 'int128'
  | 'int256'
  | 'Bool'
  /** The bit alone. */
  | 'true'
  /** A word of flags; never a field of an object. */
  | '#'
  /** A boxed object of any type: a request inside a request. */
  | 'any'

export interface Field {
  /** The name in TL. */
  readonly name: string
  /** The name in JavaScript. */
  readonly key: string
  readonly type: TypeRef
  /** The bit that tells whether the field is there. */
  readonly flag: { readonly word: string; readonly bit: number } | undefined
}

export interface Definition {
  readonly name: string
  readonly id: number
  readonly fields: readonly Field[]
  /** The union that the constructor belongs to, or the result of the function. */
  readonly result: TypeRef
  readonly resultText: string
  readonly isFunction: boolean
  readonly isMtproto: boolean
  readonly ranges: readonly LayerRange[]
  /** The line without its layers. */
  readonly text: string
}

/** First and last layer, both included. */
interface LayerRange {
  readonly first: number
  readonly last: number
}

export interface Pool {
  /** Ascending. */
  readonly layers: readonly number[]
  /** The layers whose definitions a source has; those between are filled in by tools/pool.ts. */
  readonly exact: readonly number[]
  readonly definitions: readonly Definition[]
}

const POOL_FILE = new URL('../../schema/pool.tl', import.meta.url)

/** Reads schema/pool.tl. */
export function loadPool(): Pool {
  return parsePool(readFileSync(POOL_FILE, 'utf8'))
}

/** Parses the text of a pool. Throws when a line is not understood: the pool is ours. */
function parsePool(text: string): Pool {
  const layers: number[] = []
  const exact: number[] = []
  const definitions: Definition[] = []
  let section = ''
  for (const line of text.split('\n')) {
    if (line === '') continue
    if (line.startsWith('layers ')) {
      layers.push(...parseLayers(line))
    } else if (line.startsWith('exact ')) {
      exact.push(...parseLayers(line))
    } else if (line.startsWith('---')) {
      section = line.replaceAll('-', '')
    } else {
      const space = line.indexOf(' ')
      const ranges = line.slice(0, space).split(',').map(parseRange)
      definitions.push(parseDefinition(line.slice(space + 1), section, ranges))
    }
  }
  return { layers, exact, definitions }
}

/** `layers 105-227 229`: the layers after the first word. */
function parseLayers(line: string): number[] {
  const [, ...parts] = line.split(' ')
  return parts.map(parseRange).flatMap(({ first, last }) => {
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

function parseRange(text: string): LayerRange {
  const [first, last = first] = text.split('-').map(Number)
  assert(first !== undefined && last !== undefined && first <= last, `a range of layers: ${text}`)
  return { first, last }
}

/** Parses one definition: `name#id field:type … = Type`. */
function parseDefinition(text: string, section: string, ranges: readonly LayerRange[]): Definition {
  const [head, resultText, more] = text.split(' = ')
  assert(head !== undefined && resultText !== undefined && more === undefined, `a definition: ${text}`)
  const [title, ...rest] = head.split(' ')
  const [name, id] = (title ?? '').split('#')
  assert(name && id && /^[0-9a-f]{1,8}$/.test(id), `a definition with an id: ${text}`)
  const fields = rest.filter((part) => !part.startsWith('{')).map((part) => parseField(name, part))
  return {
    name,
    id: Number.parseInt(id, 16),
    fields,
    result: parseType(resultText, false),
    resultText,
    isFunction: section.endsWith('functions'),
    isMtproto: section.startsWith('mtproto'),
    ranges,
    text,
  }
}

function parseField(definition: string, text: string): Field {
  const match = /^(\w+):(?:(flags\d*)\.(\d+)\?)?(.+)$/.exec(text)
  assert(match, `a field of ${definition}: ${text}`)
  const [, name = '', word, bit, type = ''] = match
  return {
    name,
    key: camelCase(name),
    type: parseType(type, isNumberLong(definition, name)),
    flag: word === undefined ? undefined : { word, bit: Number(bit) },
  }
}

const PRIMITIVES: ReadonlySet<string> = new Set(
  'int long double string bytes int128 int256 Bool true #'.split(' '),
)

/** Parses a type. `isNumber` says whether a long in it is a number. */
function parseType(text: string, isNumber: boolean): TypeRef {
  if (text === 'long' && isNumber) return { k: 'number53' }
  if (PRIMITIVES.has(text)) return { k: text as Primitive }
  if (text === '!X' || text === 'X' || text === 'Object') return { k: 'any' }
  const vector = /^([vV])ector<(.+)>$/.exec(text)
  if (vector) return { k: 'vector', bare: vector[1] === 'v', of: parseType(vector[2] ?? '', isNumber) }
  if (text.startsWith('%')) return { k: 'bare', name: text.slice(1) }
  const initial = text.charAt(text.lastIndexOf('.') + 1)
  return { k: initial === initial.toLowerCase() ? 'bare' : 'union', name: text }
}

/** The definitions of the newest layer, one for each name, with those of MTProto itself. */
export function newestDefinitions(pool: Pool): Definition[] {
  return definitionsOf(pool, must(pool.layers.at(-1), 'the pool has a layer'))
}

/** The definitions that are current in a layer, one for each name. */
export function definitionsOf(pool: Pool, layer: number): Definition[] {
  return pool.definitions.filter(({ ranges }) =>
    ranges.some(({ first, last }) => first <= layer && layer <= last),
  )
}
