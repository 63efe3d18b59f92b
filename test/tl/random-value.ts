import { isNumberLong } from '../../src/tl/names.ts'
import type { TlObject } from '../../src/tl/object.ts'
import type { StrictDefinition, StrictField, StrictLayer } from './strict.ts'

/** Numbers from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** Below this depth only the shallowest constructors are chosen and optional fields stay out. */
const DEPTH = 4

const TEXTS = [
  '',
  'a',
  'abc',
  'plain text',
  'grüße',
  '😀 emoji',
  '\u0000',
  'x'.repeat(253),
  'y'.repeat(254),
  'é'.repeat(300),
]
const INTS = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]
const NUMBERS = [0, 1, -1, 2 ** 31, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53 - 1)]
const LONGS = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0xffff_ffffn, 0x1_0000_0000n]

/** Makes random objects of a layer, complete, as src/tl makes them. */
export class RandomValues {
  readonly #layer: StrictLayer
  readonly #random: () => number
  readonly #heights: ReadonlyMap<string, number>
  /** An optional vector that is there has at least one element, and ids are not negative. */
  readonly isTame: boolean

  constructor(layer: StrictLayer, heights: ReadonlyMap<string, number>, seed: number, isTame = false) {
    this.#layer = layer
    this.#random = seeded(seed)
    this.#heights = heights
    this.isTame = isTame
  }

  object(definition: StrictDefinition, depth = 0): TlObject {
    const value: { _: string; [key: string]: unknown } = { _: definition.name }
    const groups = new Map<string, boolean>()
    for (const field of definition.fields) {
      if (field.type === '#') continue
      const isThere = this.#isThere(field, groups, depth)
      if (field.type === 'true') value[field.key] = isThere
      else value[field.key] = isThere ? this.#value(field.type, definition, field, depth) : undefined
    }
    return value
  }

  /** Fields on one bit are there together. */
  #isThere(field: StrictField, groups: Map<string, boolean>, depth: number): boolean {
    if (!field.flag) return true
    const group = `${field.flag.word}.${field.flag.bit}`
    const isThere = groups.get(group) ?? this.#random() < (depth >= DEPTH ? 0 : 0.4)
    groups.set(group, isThere)
    return isThere
  }

  #value(type: string, owner: StrictDefinition, field: StrictField, depth: number): unknown {
    const vector = /^[Vv]ector<(.+)>$/.exec(type)
    if (vector) {
      const least = this.isTame && field.flag ? 1 : 0
      const length = Math.max(least, depth >= DEPTH ? 0 : Math.floor(this.#random() * 4))
      return Array.from({ length }, () => this.#value(vector[1] ?? '', owner, field, depth))
    }
    switch (type) {
      case 'int':
        return this.#oneOf(INTS) ?? Math.floor(this.#random() * 2 ** 32) - 2 ** 31
      case 'long':
        if (isNumberLong(owner.name, field.name)) {
          const number = this.#oneOf(NUMBERS) ?? Math.floor(this.#random() * 2 ** 53)
          return this.isTame ? Math.abs(number) : number
        }
        return this.#oneOf(LONGS) ?? BigInt.asIntN(64, BigInt(Math.floor(this.#random() * 2 ** 53)) * 2047n)
      case 'double':
        return this.#random() * 1e6
      case 'string':
        return this.#oneOf(TEXTS) ?? 'text'
      case 'bytes':
        return this.#bytes(Math.floor(this.#random() * 300))
      case 'int128':
        return this.#bytes(16)
      case 'int256':
        return this.#bytes(32)
      case 'Bool':
        return this.#random() < 0.5
      case '!X':
        return this.object(this.#method(depth), depth + 1)
      default:
        return this.object(this.member(type, depth), depth + 1)
    }
  }

  #oneOf<V>(values: readonly V[]): V | undefined {
    return values[Math.floor(this.#random() * values.length * 2)]
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.#random() * 256))
  }

  /** A constructor of a union, or the bare constructor of that name. */
  member(type: string, depth: number): StrictDefinition {
    const members =
      this.#layer.unions.get(type) ?? [this.#layer.byName.get(type)].filter((one) => one !== undefined)
    if (members.length === 0) throw new Error(`no constructor of ${type}`)
    const lowest = Math.min(...members.map((member) => this.#heights.get(member.name) ?? Infinity))
    const choice =
      depth < DEPTH ? members : members.filter((member) => this.#heights.get(member.name) === lowest)
    return choice[Math.floor(this.#random() * choice.length)] as StrictDefinition
  }

  #method(depth: number): StrictDefinition {
    if (depth >= 2) return this.#layer.byName.get('help.getConfig') as StrictDefinition
    const methods = [...this.#layer.byName.values()].filter(({ section }) => section === '---functions---')
    return methods[Math.floor(this.#random() * methods.length)] as StrictDefinition
  }
}

/** The fewest objects inside one another that each constructor needs. */
export function heights(layer: StrictLayer): Map<string, number> {
  const result = new Map<string, number>()
  const ofType = (type: string): number => {
    if (/^[Vv]ector<|^(int|long|double|string|bytes|int128|int256|Bool|true|#|!X)$/.test(type)) return 0
    const members = layer.unions.get(type)?.map(({ name }) => name) ?? [type]
    return Math.min(...members.map((name) => result.get(name) ?? Infinity))
  }
  for (let changed = true; changed;) {
    changed = false
    for (const definition of layer.byName.values()) {
      const required = definition.fields.filter(({ flag }) => !flag)
      const height = 1 + Math.max(0, ...required.map(({ type }) => ofType(type)))
      if (height < (result.get(definition.name) ?? Infinity)) {
        result.set(definition.name, height)
        changed = true
      }
    }
  }
  return result
}
