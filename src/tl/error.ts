/** Bytes that are no TL value, or one beyond the limits: the only thing that decoding throws. */
export class TlError extends Error {
  override readonly name = 'TlError'
  /** Whether the bytes name a constructor that is in no layer. */
  readonly isUnknownId: boolean

  constructor(message: string, isUnknownId = false) {
    super(message)
    this.isUnknownId = isUnknownId
  }
}

/** An id that is in no layer. */
export class UnknownConstructorError extends TlError {}
