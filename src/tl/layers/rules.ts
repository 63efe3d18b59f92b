/**
 * What generic copying cannot know about old layers, a row a rule. Objects are always those of the newest layer; field
 * names are JavaScript's. Most definitions need no row: fields of the same name and a convertible type are copied,
 * unknown ones dropped, missing primitives are empty, missing optional ones absent.
 */

/** First and last layer that a rule is for. */
export type Layers = readonly [first: number, last: number]

/** An object or field values whose definition is not the newest one. */
export type Fields = Readonly<Record<string, unknown>>

/** Decoding: an old definition becomes a newest one. */
export interface UpRule {
  /** The old definition's name. */
  readonly from: string
  readonly layers: Layers
  /** The newest name, where it differs. */
  readonly to?: string
  /** Newest fields, each from all fields of the old object. */
  readonly fields?: Readonly<Record<string, (old: Fields) => unknown>>
}

/** Encoding: a newest object becomes one of an old layer. */
export interface DownRule {
  /** The newest name. */
  readonly from: string
  readonly layers: Layers
  /** The name in the layer, where it differs. */
  readonly to?: string
  /** Fields of the old definition, each from the newest object; undefined for a required one fails the object. */
  readonly fields?: Readonly<Record<string, (value: Fields) => unknown>>
}

/** Any field whose type became another: `make` turns a value of one into the other, in decoding and encoding. */
export interface PairRule {
  readonly from: string
  readonly to: string
  readonly make: (value: never) => unknown
}

/** A method whose result was of another type. */
export interface ResultRule {
  readonly method: string
  readonly layers: Layers
  readonly make: (value: never) => unknown
}

export const UP_RULES: readonly UpRule[] = []

export const DOWN_RULES: readonly DownRule[] = []

export const PAIRS: readonly PairRule[] = [
  { from: 'TextWithEntities', to: 'string', make: (value: { text: string }) => value.text },
  {
    from: 'string',
    to: 'TextWithEntities',
    make: (text: string) => ({ _: 'textWithEntities', text, entities: [] }),
  },
]

export const RESULT_RULES: readonly ResultRule[] = []

/** Whether `layer` is among `layers`. */
export function covers(layers: Layers, layer: number): boolean {
  return layers[0] <= layer && layer <= layers[1]
}
