import { byName, byUnion, type Catalog } from './catalog.ts'
import type { DownRule } from './layers/rule.ts'
import { downRule, FALLBACKS } from './layers/rules.ts'
import { convert, isPartial } from './lift.ts'
import { definitionsOf, type Definition, type Field, type TypeRef } from './pool.ts'
import { emptyValue } from './shape.ts'

/** Where the value of an old field comes from. */
export type FieldSource =
  | { readonly from: 'rule' }
  /** A newest field; `expression` converts the value named `x`. */
  | {
      readonly from: 'field'
      readonly field: Field
      readonly expression: string
      readonly isPartial: boolean
    }
  /** The newest object has nothing of that name: an empty value stands in. */
  | { readonly from: 'nothing' }
  /** The newest field is of a type that this layer cannot say. */
  | { readonly from: 'other' }

/** How a newest object is written in a layer. */
export interface Target {
  readonly definition: Definition
  readonly source: Definition
  readonly rule: DownRule | undefined
}

/** Where the value of a field of the target's definition comes from. */
export function sourceOf({ definition, source, rule }: Target, field: Field): FieldSource {
  if (rule?.fields?.[field.key]) return { from: 'rule' }
  if (definition === source) return { from: 'field', field, expression: 'x', isPartial: false }
  const newest = source.fields.find(({ name }) => name === field.name)
  if (!newest || newest.type.k === '#') return { from: 'nothing' }
  const expression = conversion(newest.type, field.type)
  if (expression === undefined) return { from: 'other' }
  return { from: 'field', field: newest, expression, isPartial: isPartial(newest.type, field.type) }
}

/** Whether there is a value for every object. */
export function isSureValue({ rule }: Target, source: FieldSource): boolean {
  if (source.from === 'rule') return rule?.isTotal === true
  return (
    source.from === 'field' &&
    !source.isPartial &&
    (source.field.flag === undefined || source.field.type.k === 'true')
  )
}

/** One layer as encoding sees it: which newest objects it can say, and which of them may turn out not to fit. */
export class Layer {
  readonly number: number
  readonly definitions: ReadonlyMap<string, Definition>
  readonly unions: ReadonlyMap<string, readonly Definition[]>
  readonly #catalog: Catalog
  readonly #targets = new Map<string, Target | undefined>()
  /** What may fail: `>name` for a definition, `source>target` for unions. */
  readonly #failing: ReadonlySet<string>

  constructor(of: Catalog, number: number) {
    this.#catalog = of
    this.number = number
    this.definitions = byName(definitionsOf(of.pool, number))
    this.unions = byUnion(this.definitions.values())
    // Nothing of the newest layer can fail in it.
    this.#failing = number === of.newestLayer ? new Set() : this.#findFailing()
  }

  /** How a newest constructor is written where `union` is expected; undefined when the layer has none. */
  target(union: string, constructor: string): Target | undefined {
    const target = this.definitionFor(constructor)
    return target?.definition.resultText === union && !target.definition.isFunction ? target : undefined
  }

  /** The definition of a newest name in this layer. What only the layer has is its own source: rules make it. */
  definitionFor(name: string): Target | undefined {
    let target = this.#targets.get(name)
    if (!target && !this.#targets.has(name)) this.#targets.set(name, (target = this.#makeTarget(name)))
    return target
  }

  #makeTarget(name: string): Target | undefined {
    const source = this.#catalog.newest.get(name) ?? this.definitions.get(name)
    if (!source) return undefined
    const rule = this.ruleOf(name)
    const definition = this.definitions.get(rule?.to ?? name)
    if (!definition || definition.isFunction !== source.isFunction) return undefined
    return { definition, source, rule }
  }

  /** What encoding a newest constructor for this layer takes. */
  ruleOf(name: string): DownRule | undefined {
    return downRule(name, this.number)
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

  /** Whether every object that this union of the layer lacks has one to stand in for it. */
  hasTotalFallback(union: string): boolean {
    return (FALLBACKS.get(union) ?? []).some(
      ({ isTotal, constructors }) => isTotal && constructors.every((name) => this.target(union, name)),
    )
  }

  /**
   * What may fail, from what fails by itself outwards: a member makes its union fail unless something stands in, a
   * required field makes its object fail.
   */
  #findFailing(): Set<string> {
    const spread = new Spread()
    const unions = new Map<string, { from: string; to: string }>()
    /** The node of a type: what a value of it fails with. */
    const node = (from: TypeRef | undefined, to: TypeRef): string | undefined => {
      if (to.k === 'bare') return `>${to.name}`
      if (to.k !== 'union') return undefined
      const key = pair(from, to.name)
      if (!unions.has(key)) unions.set(key, { from: from?.k === 'union' ? from.name : to.name, to: to.name })
      return key
    }
    for (const name of new Set([...this.#catalog.newest.keys(), ...this.definitions.keys()])) {
      const target = this.definitionFor(name)
      if (!target) continue
      const own = `>${target.definition.name}`
      for (const field of target.definition.fields) {
        const source =
          target.definition === target.source && !target.rule ? undefined : sourceOf(target, field)
        const type =
          source === undefined ? field.type : source.from === 'field' ? source.field.type : undefined
        const inner = node(elementOf(type, field.type), elementOf(field.type, field.type) ?? field.type)
        if (field.flag || field.type.k === '#') continue
        if (source && this.#failsItself(target, field, source)) spread.fail(own)
        if (inner !== undefined && field.type.k !== 'vector') spread.follow(inner, own)
      }
      if (target.definition.isFunction) {
        const { result } = target.definition
        node(elementOf(target.source.result, result), elementOf(result, result) ?? result)
      }
    }
    for (const [key, { from, to }] of unions) {
      if (this.hasTotalFallback(to)) continue
      // Members that only the layer has come from rules.
      const own = (this.unions.get(to) ?? []).filter(({ name }) => !this.#catalog.newest.has(name))
      for (const { name } of [...(this.#catalog.newestUnions.get(from) ?? []), ...own]) {
        const target = this.target(to, name)
        if (!target || target.rule?.as) spread.fail(key)
        else spread.follow(`>${target.definition.name}`, key)
      }
    }
    return spread.failing
  }

  #failsItself(target: Target, field: Field, source: FieldSource): boolean {
    if (source.from === 'other') return true
    if (isSureValue(target, source)) return false
    return source.from === 'rule' || emptyValue(field.type) === undefined
  }
}

/** Nodes of which some fail, and others with them. */
class Spread {
  readonly failing = new Set<string>()
  readonly #followers = new Map<string, string[]>()

  /** `follower` fails when `leader` does. */
  follow(leader: string, follower: string): void {
    const list = this.#followers.get(leader)
    if (list) list.push(follower)
    else this.#followers.set(leader, [follower])
    if (this.failing.has(leader)) this.fail(follower)
  }

  fail(node: string): void {
    const open = [node]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.failing.has(next)) continue
      this.failing.add(next)
      open.push(...(this.#followers.get(next) ?? []))
    }
  }
}

/** What a vector holds, through however many; `like` tells how deep. Anything else is itself. */
function elementOf(type: TypeRef | undefined, like: TypeRef): TypeRef | undefined {
  if (like.k !== 'vector') return type
  return elementOf(type?.k === 'vector' ? type.of : undefined, like.of)
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
