import { assert } from '../lib/assert.ts'
import { bareConstructor, type Catalog } from './catalog.ts'
import { runSource } from './compile.ts'
import { conversion, isSureValue, sourceOf, type FieldSource, type Layer, type Target } from './layer.ts'
import { PAIRS } from './layers/rules.ts'
import { conversions } from './lift.ts'
import type { Definition, Field, TypeRef } from './pool.ts'
import { BOOL_FALSE_ID, BOOL_TRUE_ID } from './reader.ts'
import { emptyValue } from './shape.ts'
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

/** The expressions of the words that a value of fixed size takes. */
const WORDS: Readonly<Record<string, (value: string) => string[]>> = {
  int: (value) => [value],
  number53: (value) => [value, `Math.floor(${value} / 4294967296)`],
  Bool: (value) => [`${value} ? ${BOOL_TRUE_ID} : ${BOOL_FALSE_ID}`],
}

/** Collects the source of one writer. */
class WriterSource {
  readonly #lines: string[] = []
  /** Words next to one another, written together. */
  readonly #run: string[] = []
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

  /** A word behind what was written so far. */
  word(expression: string): void {
    this.#run.push(expression)
  }

  /** A statement that writes something, or that counts on what was written. */
  line(statement: string): void {
    this.#flush()
    this.#lines.push(statement)
  }

  /** A statement that has nothing to do with writing. */
  declare(statement: string): void {
    this.#lines.push(statement)
  }

  /** All statements. */
  finish(): string[] {
    this.#flush()
    return this.#lines
  }

  #flush(): void {
    const run = this.#run.splice(0)
    if (run.length === 0) return
    if (run.length === 1) return void this.#lines.push(`w.int(${run[0]})`)
    const stores = run.map((expression, i) => `words[at + ${i}] = ${expression}`)
    this.#lines.push(`{ const at = w.take(${run.length}), words = w.words; ${stores.join('; ')} }`)
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

/** What compiled code does with one field. */
interface Plan {
  readonly field: Field
  readonly from: FieldSource
  /** The expression of the value, which is undefined for an absent one; undefined when there never is a value. */
  readonly value: string | undefined
  /** Whether the value is never undefined. */
  readonly isSure: boolean
}

/**
 * Compiles the writer of one definition of a layer to straight-line code: the id, then each field in its order, from
 * an object of the newest shape.
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
  const plans = definition.fields.map((field): Plan => {
    const from = sourceOf(target, field)
    const expression = valueOf(field, from)
    const isSure = isSureValue(target, from)
    // A property is read where it is needed; what is computed is computed once.
    if (expression === undefined || /^o\["\w+"\]$/.test(expression))
      return { field, from, value: expression, isSure }
    const value = source.variable()
    if (field.type.k !== '#') source.line(`const ${value} = ${expression}`)
    return { field, from, value, isSure }
  })
  if (!isBare) source.word(String(definition.id | 0))
  const undo = new Undo(layer, plans)
  let run: { readonly plan: Plan; readonly statement: string }[] = []
  const endRun = (): void => {
    if (run.length > 0) source.line(optionalFields(run))
    run = []
  }
  for (const plan of plans) {
    const { field } = plan
    if (field.flag && field.type.k !== 'true' && plan.value !== undefined) {
      const { before, onFail } = undo.of(plan)
      const write = source.write(field.type, typeFrom(plan), plan.value, onFail)
      if (run[0]?.plan.field.flag?.word !== field.flag.word || run.length === MAX_RUN) endRun()
      run.push({ plan, statement: `if (${field.flag.word}_ & ${bitOf(plan)}) { ${before}${write} }` })
    } else if (!field.flag) {
      endRun()
      if (field.type.k === '#') {
        undo.openWord(source, field.name)
      } else {
        writeRequired(source, plan)
      }
    }
  }
  endRun()
  return instantiate(undo.head(), source, writers, rule?.fields)
}

/** How many optional fields are passed over at once when none of them is there. */
const MAX_RUN = 8

function bitOf({ field }: Plan): number {
  return 1 << (field.flag?.bit ?? 0)
}

/** Optional fields of one word that follow one another: mostly all are absent, which one test tells. */
function optionalFields(run: readonly { readonly plan: Plan; readonly statement: string }[]): string {
  const statements = run.map(({ statement }) => statement).join(' ')
  if (run.length < 3) return statements
  const mask = run.reduce((bits, { plan }) => bits | bitOf(plan), 0)
  return `if (${run[0]?.plan.field.flag?.word}_ & ${mask}) { ${statements} }`
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
  source.line(source.write(definition.result, from, value, 'return false'))
  return instantiate('return function (w, o) {', source, writers, undefined)
}

function instantiate(head: string, source: WriterSource, writers: Writers, rule: unknown): Write {
  const body = [
    ...source.unions.map((_, i) => `const u${i} = unions[${i}]`),
    ...source.bares.map((_, i) => `const b${i} = bares[${i}]`),
    head,
    ...source.finish(),
    'return true }',
  ]
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
  if (source.from === 'rule') return `down[${JSON.stringify(field.key)}](o, w.viewerId)`
  if (source.from === 'other') return undefined
  if (source.from === 'nothing') return field.flag ? undefined : empty
  const key = `o[${JSON.stringify(source.field.key)}]`
  const isOptional = source.field.flag !== undefined && source.field.type.k !== 'true'
  const converted = source.expression.replace(/\bx\b/, key)
  const value =
    isOptional && converted !== key ? `${key} === undefined ? undefined : ${converted}` : converted
  const isUnsure = isOptional || source.isPartial
  return !field.flag && isUnsure && empty !== undefined ? `(${value}) ?? ${empty}` : value
}

function typeFrom({ from }: Plan): TypeRef | undefined {
  return from.from === 'field' ? from.field.type : undefined
}

function writeRequired(source: WriterSource, { field, from, value, isSure }: Plan): void {
  if (value === undefined) return source.line('return false')
  if (!isSure && (from.from === 'rule' || emptyValue(field.type) === undefined)) {
    source.line(`if (${value} === undefined) return false`)
  }
  const words = WORDS[field.type.k]?.(value)
  if (words) for (const word of words) source.word(word)
  else
    source.line(
      source.write(field.type, from.from === 'field' ? from.field.type : undefined, value, 'return false'),
    )
}

/**
 * The statements that set the bits of a word of flags. A bit that several fields share is set when all of them are
 * there. Most are not, so this is where encoding spends its time: a test that is not met costs least as a statement.
 */
function setFlags(word: string, plans: readonly Plan[]): string {
  const groups = Map.groupBy(plans, ({ field }) => field.flag?.bit ?? 0)
  const tests = [...groups].flatMap(([bit, group]) => {
    const valued = group.filter(({ field }) => field.type.k !== 'true')
    if (valued.some(({ value }) => value === undefined)) return []
    const conditions =
      valued.length > 0
        ? valued.map(({ value }) => `${value} !== undefined`).join(' && ')
        : group.flatMap(truth).join(' || ')
    return conditions === '' ? [] : [`if (${conditions}) ${word} |= ${1 << bit}`]
  })
  return [`let ${word} = 0`, ...tests].join('; ')
}

/** The condition of a flag without a value. Objects hold booleans, which one comparison tells; rules may not. */
function truth({ value, from }: Plan): string[] {
  if (value === undefined) return []
  return [from.from === 'rule' ? value : `${value} === true`]
}

/**
 * What to do when an optional field turns out to be something that the layer cannot say: its bit is cleared. Alone on
 * its bit, only the field is rewound. Where fields share a bit, the object is written again without all of them: the
 * compiled function takes a mask for each word of flags.
 */
class Undo {
  readonly #layer: Layer
  readonly #plans: readonly Plan[]
  readonly #words: string[] = []
  readonly #isRepeated: boolean

  constructor(layer: Layer, plans: readonly Plan[]) {
    this.#layer = layer
    this.#plans = plans
    this.#isRepeated = plans.some((plan) => this.#mayFail(plan) && this.#group(plan).length > 1)
  }

  #mayFail({ field, from, value }: Plan): boolean {
    if (!field.flag || value === undefined) return false
    return this.#layer.typeMayFail(from.from === 'field' ? from.field.type : undefined, field.type)
  }

  #group({ field: { flag } }: Plan): Plan[] {
    return this.#plans.filter(
      ({ field }) =>
        field.flag?.word === flag?.word && field.flag?.bit === flag?.bit && field.type.k !== 'true',
    )
  }

  /** Writes a word of flags, of which bits may be cleared later. */
  openWord(source: WriterSource, name: string): void {
    const word = `${name}_`
    this.#words.push(word)
    const fields = this.#plans.filter(({ field }) => field.flag?.word === name)
    source.declare(setFlags(word, fields))
    if (this.#isRepeated) source.declare(`${word} &= mask_${word}`)
    if (fields.some((plan) => this.#mayFail(plan))) source.line(`const at_${word} = w.position`)
    source.word(word)
  }

  /** The statements before an optional field, and for when it fails. */
  of(plan: Plan): { before: string; onFail: string } {
    if (!this.#mayFail(plan) || !plan.field.flag) return { before: '', onFail: '' }
    const word = `${plan.field.flag.word}_`
    const mask = ~(1 << plan.field.flag.bit)
    if (this.#group(plan).length > 1) {
      const masks = this.#words.map((name) => (name === word ? `${name} & ${mask}` : name))
      return { before: '', onFail: `{ w.rewind(start); return self(w, o, ${masks.join(', ')}) }` }
    }
    return {
      before: 'const at = w.position; ',
      onFail: `{ w.rewind(at); w.patchInt(at_${word}, ${word} &= ${mask}) }`,
    }
  }

  /** The head of the compiled function. */
  head(): string {
    if (!this.#isRepeated) return 'return function (w, o) {'
    const masks = this.#words.map((word) => `mask_${word} = -1`)
    return `return function self(${['w', 'o', ...masks].join(', ')}) { const start = w.position`
  }
}
