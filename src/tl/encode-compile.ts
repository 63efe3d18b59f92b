import { assert } from '../lib/assert.ts'
import { bareConstructor, type Catalog } from './catalog.ts'
import { runSource } from './compile.ts'
import { conversion, type FieldSource, type Layer, type Target } from './layer.ts'
import { PAIRS } from './layers/rules.ts'
import { conversions, emptyValue } from './lift.ts'
import type { Definition, Field, TypeRef } from './pool.ts'
import type { TlWriter } from './writer.ts'

/** Writes a value. False when the layer cannot say it; what was written by then is to be rewound. */
export type Write = (writer: TlWriter, value: never) => boolean

/** What compiled code calls for objects inside objects. */
export interface Writers {
  /** Writes a boxed object where the layer expects `union`. */
  union(union: string): Write
  bare(definition: Definition): Write
  /** Any request: what `!X` stands for. */
  request: Write
}

/** The call of the writer for a scalar, or undefined for what is no scalar. */
const SCALAR_CALLS: Readonly<Record<string, string>> = {
  int: 'int',
  long: 'long',
  number53: 'longNumber',
  double: 'double',
  string: 'string',
  bytes: 'bytes',
  int128: 'int128',
  int256: 'int256',
  Bool: 'bool',
}

/** Collects the source of one writer. */
class WriterSource {
  readonly lines: string[] = []
  readonly unions: string[] = []
  readonly bares: Definition[] = []
  readonly #catalog: Catalog
  readonly #layer: Layer
  readonly #owner: Definition
  #variables = 0

  constructor(of: Catalog, layer: Layer, owner: Definition) {
    this.#catalog = of
    this.#layer = layer
    this.#owner = owner
  }

  variable(): string {
    return `x${this.#variables++}`
  }

  /**
   * The statement that writes `value` as `type`. `from` is the newest type it has; `onFail` is the statement for a
   * value that the layer cannot say.
   */
  write(type: TypeRef, from: TypeRef | undefined, value: string, onFail: string): string {
    if (type.k === 'vector')
      return this.#vector(type, from?.k === 'vector' ? from.of : undefined, value, onFail)
    const call = SCALAR_CALLS[type.k]
    if (call !== undefined) return `w.${call}(${value})`
    const write = this.#object(type)
    return this.#layer.typeMayFail(from, type)
      ? `if (!${write}(w, ${value})) ${onFail}`
      : `${write}(w, ${value})`
  }

  #object(type: TypeRef): string {
    if (type.k === 'union') return `u${index(this.unions, type.name)}`
    if (type.k === 'bare')
      return `b${index(this.bares, bareConstructor(this.#catalog, type.name, this.#owner))}`
    assert(type.k === 'any', `${this.#owner.name}: a type that can be written, not ${type.k}`)
    return 'request'
  }

  /** A loop. An element that may fail is left out, and the length is corrected at the end. */
  #vector(type: TypeRef & { k: 'vector' }, from: TypeRef | undefined, value: string, onFail: string): string {
    const [list, i, at, count, head] = Array.from({ length: 5 }, () => this.variable()) as [
      string,
      string,
      string,
      string,
      string,
    ]
    const open = `const ${list} = ${value}; w.${type.bare ? 'int' : 'vector'}(${list}.length)`
    const loop = `for (let ${i} = 0; ${i} < ${list}.length; ${i}++)`
    if (!this.#layer.typeMayFail(from, type.of)) {
      return `${open}; ${loop} { ${this.write(type.of, from, `${list}[${i}]`, onFail)} }`
    }
    const skip = `{ w.rewind(${at}); continue }`
    const element = this.write(type.of, from, `${list}[${i}]`, skip)
    return (
      `${open}; const ${head} = w.position - 4; let ${count} = 0; ` +
      `${loop} { const ${at} = w.position; ${element}; ${count}++ } w.patchInt(${head}, ${count})`
    )
  }
}

function index<V>(list: V[], value: V): number {
  const known = list.indexOf(value)
  return known >= 0 ? known : list.push(value) - 1
}

/**
 * Compiles the writer of one definition of a layer to straight-line code: the id, then each field in its order, from
 * an object of the newest shape. The third argument of the compiled function is a mask for each word of flags: a group
 * of optional fields on one bit of which one cannot be said is left out by writing the object again without that bit.
 */
export function compileWriter(
  of: Catalog,
  layer: Layer,
  target: Target,
  writers: Writers,
  isBare: boolean,
): Write {
  const { definition, rule } = target
  const source = new WriterSource(of, layer, definition)
  const sources = new Map(definition.fields.map((field) => [field, layer.source(target, field)]))
  const values = new Map<Field, string>()
  const lines: string[] = []
  if (!isBare) lines.push(`w.int(${definition.id | 0})`)
  for (const field of definition.fields) {
    if (field.type.k === '#' || field.type.k === 'true') continue
    const from = sources.get(field) ?? { from: 'nothing' }
    const expression = valueOf(field, from)
    if (expression === undefined) continue
    const name = source.variable()
    values.set(field, name)
    lines.push(`const ${name} = ${expression}`)
  }
  const words = new Map<string, string>()
  for (const field of definition.fields) {
    if (field.type.k === '#') {
      const word = `${field.name}_`
      words.set(field.name, word)
      lines.push(
        `const at_${word} = w.position; let ${word} = ${flagBits(definition, field.name, sources, values)}`,
      )
      lines.push(`w.int(${word} &= mask_${word})`)
    } else if (field.type.k !== 'true') {
      lines.push(fieldLine(source, definition, field, sources.get(field), values.get(field), words))
    }
  }
  const masks = [...words.values()].map((word) => `mask_${word} = -1`)
  const body = [
    ...source.unions.map((_, i) => `const u${i} = unions[${i}]`),
    ...source.bares.map((_, i) => `const b${i} = bares[${i}]`),
    `return function self(${['w', 'o', ...masks].join(', ')}) {`,
    masks.length > 0 ? 'const start = w.position' : '',
    ...lines,
    'return true',
    '}',
  ]
  return instantiate(body, source, writers, rule?.fields)
}

/** Compiles the writer of what a method of the layer answers; `isMade` says that a rule made it of that type. */
export function compileResult(
  of: Catalog,
  layer: Layer,
  method: Target,
  writers: Writers,
  isMade: boolean,
): Write {
  const { definition } = method
  const from = isMade ? definition.result : method.source.result
  const value = conversion(from, definition.result)?.replace(/\bx\b/, 'o')
  if (value === undefined) return () => false
  const source = new WriterSource(of, layer, definition)
  const write = source.write(definition.result, from, value, 'return false')
  const body = [
    ...source.unions.map((_, i) => `const u${i} = unions[${i}]`),
    ...source.bares.map((_, i) => `const b${i} = bares[${i}]`),
    `return function (w, o) { ${write}; return true }`,
  ]
  return instantiate(body, source, writers, undefined)
}

function instantiate(body: string[], source: WriterSource, writers: Writers, rule: unknown): Write {
  const scope = {
    ...conversions,
    pairs: PAIRS,
    unions: source.unions.map((name) => writers.union(name)),
    bares: source.bares.map((bare) => writers.bare(bare)),
    request: writers.request,
    down: rule,
  }
  return runSource(scope, body.join('\n')) as Write
}

/** The expression of a field's value, undefined for absent; undefined when there is never a value. */
function valueOf(field: Field, source: FieldSource): string | undefined {
  const empty = emptyValue(field.type)
  if (source.from === 'rule') return `down[${JSON.stringify(field.key)}](o)`
  if (source.from === 'other') return undefined
  if (source.from === 'nothing') return field.flag ? undefined : empty
  const key = `o[${JSON.stringify(source.field.key)}]`
  const isOptional = source.field.flag !== undefined && source.field.type.k !== 'true'
  const converted = source.expression.replace(/\bx\b/, key)
  const value =
    isOptional && converted !== key ? `${key} === undefined ? undefined : ${converted}` : converted
  return !field.flag && isOptional && empty !== undefined ? `(${value}) ?? ${empty}` : value
}

/** The expression of a word of flags. A bit that several fields share is set when all of them are there. */
function flagBits(
  definition: Definition,
  word: string,
  sources: ReadonlyMap<Field, FieldSource>,
  values: ReadonlyMap<Field, string>,
): string {
  const groups = Map.groupBy(
    definition.fields.filter((field) => field.flag?.word === word),
    (field) => field.flag?.bit ?? 0,
  )
  const terms = [...groups].flatMap(([bit, fields]) => {
    const valued = fields.filter((field) => field.type.k !== 'true')
    const mask = 1 << bit
    if (valued.length > 0) {
      const present = valued.map((field) => values.get(field))
      if (present.includes(undefined)) return []
      return [`(${present.map((value) => `${value} !== undefined`).join(' && ')} ? ${mask} : 0)`]
    }
    const flags = fields.flatMap((field) => {
      const source = sources.get(field)
      if (source?.from === 'rule') return [`down[${JSON.stringify(field.key)}](o)`]
      return source?.from === 'field' ? [`o[${JSON.stringify(source.field.key)}]`] : []
    })
    return flags.length > 0 ? [`(${flags.join(' || ')} ? ${mask} : 0)`] : []
  })
  return terms.join(' | ') || '0'
}

function fieldLine(
  source: WriterSource,
  definition: Definition,
  field: Field,
  from: FieldSource | undefined,
  value: string | undefined,
  words: ReadonlyMap<string, string>,
): string {
  const fromType = from?.from === 'field' ? from.field.type : undefined
  if (!field.flag) {
    if (value === undefined) return 'return false'
    const isSure = from?.from === 'field' && !from.field.flag
    const check =
      isSure || emptyValue(field.type) !== undefined ? '' : `if (${value} === undefined) return false; `
    return `{ ${check}${source.write(field.type, fromType, value, 'return false')} }`
  }
  const word = words.get(field.flag.word)
  assert(word !== undefined, `${definition.name}: ${field.name} has its flags before it`)
  if (value === undefined) return ''
  const mask = 1 << field.flag.bit
  const group = definition.fields.filter(
    ({ flag, type }) => flag?.word === field.flag?.word && flag?.bit === field.flag?.bit && type.k !== 'true',
  )
  const masks = [...words.values()].map((name) => (name === word ? `${name} & ${~mask}` : name))
  const undo =
    group.length > 1
      ? `{ w.rewind(start); return self(w, o, ${masks.join(', ')}) }`
      : `{ w.rewind(at); w.patchInt(at_${word}, ${word} &= ${~mask}) }`
  const write = source.write(field.type, fromType, value, undo)
  return `if (${word} & ${mask}) { ${undo.includes('(at)') ? 'const at = w.position; ' : ''}${write} }`
}
