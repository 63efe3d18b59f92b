import { byName, byUnion, type Catalog } from './catalog.ts'
import { FALLBACKS } from './layers/fallbacks.ts'
import { covers, DOWN_RULES, type DownRule } from './layers/rules.ts'
import { convert, emptyValue, visibleFields } from './lift.ts'
import { definitionsOf, type Definition, type Field, type TypeRef } from './pool.ts'

/** How a newest object is written in a layer. */
export interface Target {
  readonly definition: Definition
  readonly source: Definition
  readonly rule: DownRule | undefined
}

/** Where the value of an old field comes from. */
export type FieldSource =
  | { readonly from: 'rule' }
  /** A newest field; `expression` converts the value named `x`. */
  | { readonly from: 'field'; readonly field: Field; readonly expression: string }
  /** The newest object has nothing of that name: an empty value stands in. */
  | { readonly from: 'nothing' }
  /** The newest field is of a type that this layer cannot say. */
  | { readonly from: 'other' }

/** One layer as encoding sees it: which newest objects it can say, and which of them may turn out not to fit. */
export class Layer {
  readonly number: number
  readonly definitions: ReadonlyMap<string, Definition>
  readonly unions: ReadonlyMap<string, readonly Definition[]>
  readonly #catalog: Catalog
  /** What may fail: `>name` for a definition, `source>target` for unions. */
  readonly #failing = new Set<string>()

  constructor(of: Catalog, number: number) {
    this.#catalog = of
    this.number = number
    this.definitions = byName(definitionsOf(of.pool, number))
    this.unions = byUnion(this.definitions.values())
    // Nothing of the newest layer can fail in it.
    if (number !== of.newestLayer) this.#findFailing()
  }

  /** How a newest constructor is written where `union` is expected; undefined when the layer has none. */
  target(union: string, constructor: string): Target | undefined {
    const target = this.definitionFor(constructor)
    return target?.definition.resultText === union && !target.definition.isFunction ? target : undefined
  }

  /** The definition of a newest name in this layer. */
  definitionFor(name: string): Target | undefined {
    const source = this.#catalog.newest.get(name)
    if (!source) return undefined
    const rule = DOWN_RULES.find(({ from, layers }) => from === name && covers(layers, this.number))
    const definition = this.definitions.get(rule?.to ?? name)
    if (!definition || definition.isFunction !== source.isFunction) return undefined
    return { definition, source, rule }
  }

  /** Where the value of a field of this layer comes from. */
  source(target: Target, field: Field): FieldSource {
    if (target.rule?.fields?.[field.key]) return { from: 'rule' }
    const newest = visibleFields(target.source).find(({ name }) => name === field.name)
    if (!newest) return { from: 'nothing' }
    const expression = conversion(newest.type, field.type)
    return expression === undefined ? { from: 'other' } : { from: 'field', field: newest, expression }
  }

  /** Whether an object of this definition may fail to be written. */
  mayFail(definition: Definition): boolean {
    return this.#failing.has(`>${definition.name}`)
  }

  /** Whether a value of a newest type may fail to be written as a type of this layer. */
  typeMayFail(from: TypeRef | undefined, to: TypeRef): boolean {
    if (to.k === 'union') return this.#failing.has(pair(from, to.name))
    if (to.k === 'bare') return this.#failing.has(`>${to.name}`)
    return false
  }

  /** Grows the set of what may fail until it stands: a required field makes its parent fail. */
  #findFailing(): void {
    const targets = [...this.#catalog.newest.values()].flatMap(
      (source) => this.definitionFor(source.name) ?? [],
    )
    const pairs = this.#unionPairs(targets)
    for (let before = -1; before !== this.#failing.size;) {
      before = this.#failing.size
      for (const [key, { members, union }] of pairs) {
        if (!this.#failing.has(key) && members.some((member) => this.#memberFails(union, member))) {
          this.#failing.add(key)
        }
      }
      for (const target of targets)
        if (this.#requiredFails(target)) this.#failing.add(`>${target.definition.name}`)
    }
  }

  /** Every pair of a newest union and the union of this layer that it is written as. */
  #unionPairs(targets: readonly Target[]): Map<string, { members: readonly Definition[]; union: string }> {
    const pairs = new Map<string, { members: readonly Definition[]; union: string }>()
    const add = (from: TypeRef | undefined, to: TypeRef): void => {
      if (to.k === 'vector') return add(from?.k === 'vector' ? from.of : from, to.of)
      if (to.k !== 'union') return
      const newest = from?.k === 'union' ? from.name : to.name
      pairs.set(pair(from, to.name), {
        members: this.#catalog.newestUnions.get(newest) ?? [],
        union: to.name,
      })
    }
    for (const target of targets) {
      for (const field of target.definition.fields) {
        const source = this.source(target, field)
        add(source.from === 'field' ? source.field.type : undefined, field.type)
      }
      if (target.definition.isFunction) add(target.source.result, target.definition.result)
    }
    return pairs
  }

  #memberFails(union: string, member: Definition): boolean {
    const target = this.target(union, member.name)
    return target ? this.mayFail(target.definition) : !this.hasTotalFallback(union)
  }

  /** Whether every object that this union of the layer lacks has one to stand in for it. */
  hasTotalFallback(union: string): boolean {
    const fallback = FALLBACKS.get(union)
    return fallback?.isTotal === true && fallback.constructors.every((name) => this.target(union, name))
  }

  #requiredFails(target: Target): boolean {
    return target.definition.fields.some((field) => {
      if (field.flag || field.type.k === '#') return false
      const source = this.source(target, field)
      const isSure = source.from === 'field' && !(source.field.flag && source.field.type.k !== 'true')
      if (source.from === 'other' || (!isSure && emptyValue(field.type) === undefined)) return true
      return this.typeMayFail(source.from === 'field' ? source.field.type : undefined, field.type)
    })
  }
}

function pair(from: TypeRef | undefined, to: string): string {
  return `${from?.k === 'union' ? from.name : to}>${to}`
}

/** The expression that makes a value `x` of a newest type one of a type of a layer; undefined when there is none. */
export function conversion(from: TypeRef, to: TypeRef): string | undefined {
  return convert(from, to, 'x') ?? passUnion(from, to)
}

/** A union written as another: what is a member of both goes through. */
function passUnion(from: TypeRef, to: TypeRef): string | undefined {
  if (from.k === 'union' && to.k === 'union') return 'x'
  if (from.k === 'vector' && to.k === 'vector') return passUnion(from.of, to.of)
  return undefined
}
