/** Any TL object: `_` names its constructor or method, the rest are its fields. */
export interface TlObject {
  readonly _: string
}
