/**
 * What generic copying cannot know about old layers, a row a rule. Objects are always those of the newest layer; field
 * names are JavaScript's. Most definitions need no row: fields of the same name and a convertible type are copied,
 * unknown ones dropped, missing primitives are empty, missing optional ones absent.
 *
 * Rules may also make objects of constructors that only the layer has: plain literals, for there are no factories.
 */
import type { TlObject } from '../object.ts'

/** First and last layer that a rule is for. */
export type Layers = readonly [first: number, last: number]

/** An object or field values whose definition is not the newest one. */
// Rules read fields of definitions that have no types.
// oxlint-disable-next-line typescript/no-explicit-any
export type Fields = Readonly<Record<string, any>>

type Make = (value: Fields) => unknown
/** `viewerId` is the user that the object is written for; 0 for nobody, or one that is not known. */
type MakeFor = (value: Fields, viewerId: number) => unknown

/** Decoding: an old definition becomes a newest one. Rules of one definition add up. */
export interface UpRule {
  /** The old definition's name, or those of several. */
  readonly from: string
  readonly layers: Layers
  /** The newest name, where it differs. */
  readonly to?: string
  /** Newest fields, each from all fields of the old object. */
  readonly fields?: Readonly<Record<string, Make>>
  /** The old fields that `fields` reads, and those that say nothing today. */
  readonly uses?: string
}

/** Encoding: a newest object becomes one of an old layer. Rules of one constructor add up. */
export interface DownRule {
  /** The newest name, or those of several. */
  readonly from: string
  readonly layers: Layers
  /** The name in the layer, where it differs. */
  readonly to?: string
  /** Fields of the old definition, each from the newest object; undefined for a required one fails the object. */
  readonly fields?: Readonly<Record<string, MakeFor>>
  /** Whether `fields` have an answer for every object. */
  readonly isTotal?: boolean
  /** Another object to write in its place, wherever it stands; undefined for none. */
  readonly as?: (value: Fields) => TlObject | undefined
}

/** Any field whose type became another: `make` turns a value of one into the other, in decoding and encoding. */
export interface PairRule {
  /** As TL writes it; `number` is a long that is a JavaScript number. */
  readonly from: string
  readonly to: string
  /** Whether `make` may give undefined: the field is absent then, or its object fails. */
  readonly isPartial?: boolean
  readonly make: (value: never) => unknown
}

/** A method whose result was of another type. `make` gives undefined for what that type cannot say. */
export interface ResultRule {
  readonly method: string
  readonly layers: Layers
  /** The name that the method had in the layer, where it was another. */
  readonly oldName?: string
  readonly make: (value: never) => unknown
}

/** What stands in for a constructor that a layer lacks, by the union it stands in. */
export interface Fallback {
  readonly union: string
  /** The constructors that `make` makes. A layer that lacks one of them has no such fallback. */
  readonly constructors: readonly string[]
  /** Whether `make` has an answer for every value. */
  readonly isTotal: boolean
  readonly make: (value: Fields) => TlObject | undefined
}

/** The rules of one topic. */
export interface Topic {
  readonly name: string
  readonly up?: readonly UpRule[]
  readonly down?: readonly DownRule[]
  readonly pairs?: readonly PairRule[]
  readonly results?: readonly ResultRule[]
  readonly fallbacks?: readonly Fallback[]
}

/** The union's stand-in that says nothing. */
export function always(union: string, value: TlObject): Fallback {
  return { union, constructors: [value._], isTotal: true, make: () => value }
}

/** Whether `layer` is among `layers`. */
export function covers(layers: Layers, layer: number): boolean {
  return layers[0] <= layer && layer <= layers[1]
}
