import { assert } from '../lib/assert.ts'
import { bareConstructor, type Catalog } from './catalog.ts'
import { runSource } from './compile.ts'
import { TlError } from './error.ts'
import { PAIRS, upRule } from './layers/rules.ts'
import { conversions, convert, isPartial } from './lift.ts'
import type { TlObject } from './object.ts'
import type { Definition, Field, TypeRef } from './pool.ts'
import type { TlReader } from './reader.ts'
import { absentValue, emptyValue, shapeOf, visibleFields } from './shape.ts'

/** Reads the fields of one definition, behind its id, into an object of the newest shape. */
export type ReadFields = (reader: TlReader) => TlObject

/** Reads a boxed object. */
export type ReadObject = (reader: TlReader) => TlObject

/** The readers that compiled code calls for objects inside objects. */
export interface Readers {
  union(name: string): ReadObject
  bare(definition: Definition): ReadFields
  /** Any request: what `!X` stands for. */
  request: ReadObject
}

/** The fewest bytes that a value of a type takes: what bounds the length of a vector. */
function minBytes(catalog: Catalog, type: TypeRef, owner: Definition): number {
  switch (type.k) {
    case 'long':
    case 'number53':
    case 'double':
      return 8
    case 'int128':
      return 16
    case 'int256':
      return 32
    case 'vector':
      return type.bare ? 4 : 8
    case 'bare': {
      const fields = bareConstructor(catalog, type.name, owner).fields.filter((field) => !field.flag)
      return Math.max(
        4,
        fields.reduce((sum, field) => sum + minBytes(catalog, field.type, owner), 0),
      )
    }
    default:
      return 4
  }
}

/** Collects the source of one reader. */
class ReaderSource {
  readonly helpers: string[] = []
  readonly unions: string[] = []
  readonly bares: Definition[] = []
  readonly #catalog: Catalog
  readonly #definition: Definition

  constructor(catalog: Catalog, definition: Definition) {
    this.#catalog = catalog
    this.#definition = definition
  }

  /** The expression that reads a value of a type. */
  read(type: TypeRef): string {
    switch (type.k) {
      case 'int':
      case '#':
        return 'r.int()'
      case 'number53':
        return 'r.longNumber()'
      case 'Bool':
        return 'r.bool()'
      case 'any':
        return 'request(r)'
      case 'true':
        return 'true'
      case 'union':
        return `u${index(this.unions, type.name)}(r)`
      case 'bare':
        return `b${index(this.bares, bareConstructor(this.#catalog, type.name, this.#definition))}(r)`
      case 'vector': {
        const element = this.read(type.of)
        const head = `r.${type.bare ? 'bareVector' : 'vector'}(${minBytes(this.#catalog, type.of, this.#definition)})`
        const name = `v${this.helpers.length}`
        this.helpers.push(
          `function ${name}(r) { const n = ${head}; const a = []; for (let i = 0; i < n; i++) a.push(${element}); return a }`,
        )
        return `${name}(r)`
      }
      default:
        return `r.${type.k}()`
    }
  }
}

function index<V>(list: V[], value: V): number {
  const known = list.indexOf(value)
  return known >= 0 ? known : list.push(value) - 1
}

/** The definition whose shape a decoded object of this one has. */
export function liftedShape(catalog: Catalog, definition: Definition): Definition {
  const to = upRule(definition)?.to
  return (to === undefined ? undefined : catalog.newest.get(to)) ?? shapeOf(catalog, definition)
}

/**
 * The expression of one field of the result. `source` is the field of that name that was read, `variable` its value.
 * A value that no conversion fits is refused: to drop it would change what the caller said.
 */
function fieldValue(field: Field, source: Field | undefined, variable: string, where: string): string {
  const refused = `missing(${JSON.stringify(where)})`
  const absent = field.flag ? absentValue(field.type) : (emptyValue(field.type) ?? refused)
  if (!source) return absent
  const converted = convert(source.type, field.type, variable)
  const value = converted && isPartial(source.type, field.type) ? `(${converted} ?? ${refused})` : converted
  if (value === undefined) return source.flag ? `${variable} === undefined ? ${absent} : ${refused}` : refused
  if (source.flag === undefined || source.type.k === 'true') return value
  if (field.type.k === 'true') return `${variable} === true`
  if (field.flag && value === variable) return variable
  return `${variable} === undefined ? ${absent} : ${value}`
}

/**
 * Compiles the reader of one definition to straight-line code: reads each field in its order, then builds one object
 * literal with every field of the newest definition, so that all objects of a constructor share one shape.
 */
export function compileReader(catalog: Catalog, definition: Definition, readers: Readers): ReadFields {
  const source = new ReaderSource(catalog, definition)
  const shape = liftedShape(catalog, definition)
  const rule = upRule(definition)
  const variables = new Map<Field, string>()
  const words = new Map<string, string>()
  const lines: string[] = []
  for (const [i, field] of definition.fields.entries()) {
    const name = `f${i}`
    if (field.type.k === '#') words.set(field.name, name)
    const word = field.flag && words.get(field.flag.word)
    assert(!field.flag || word !== undefined, `${definition.name}: ${field.name} has its flags before it`)
    const bit = field.flag && `(${word} & ${1 << field.flag.bit}) !== 0`
    variables.set(field, field.type.k === 'true' ? `(${bit})` : name)
    if (field.type.k === 'true') continue
    const read = source.read(field.type)
    lines.push(`const ${name} = ${bit === undefined ? read : `${bit} ? ${read} : undefined`}`)
  }
  const byName = new Map(definition.fields.map((field) => [field.name, field]))
  const entries = visibleFields(shape).map((field) => {
    const key = JSON.stringify(field.key)
    if (rule?.fields?.[field.key]) return `${key}: up[${key}](old)`
    const from = byName.get(field.name)
    const variable = (from && variables.get(from)) ?? ''
    return `${key}: ${fieldValue(field, from, variable, `${definition.name}.${field.name}`)}`
  })
  if (rule?.fields) {
    const old = visibleFields(definition).map(
      (field) => `${JSON.stringify(field.key)}: ${variables.get(field)}`,
    )
    lines.push(`const old = { ${old.join(', ')} }`)
  }
  const body = [
    ...source.unions.map((_, i) => `const u${i} = unions[${i}]`),
    ...source.bares.map((_, i) => `const b${i} = bares[${i}]`),
    ...source.helpers,
    'return function (r) {',
    ...lines,
    `return { _: ${JSON.stringify(shape.name)}, ${entries.join(', ')} }`,
    '}',
  ]
  const scope = {
    ...SCOPE,
    unions: source.unions.map((name) => readers.union(name)),
    bares: source.bares.map((bare) => readers.bare(bare)),
    request: readers.request,
    up: rule?.fields,
  }
  return runSource(scope, body.join('\n')) as ReadFields
}

/** What compiled readers call besides the reader. */
const SCOPE = {
  ...conversions,
  pairs: PAIRS,
  missing(where: string): never {
    throw new TlError(`${where} of this layer cannot be understood`)
  },
}
