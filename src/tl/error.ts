/** Bytes that are no TL value, or one beyond the limits: the only thing that decoding throws. */
export class TlError extends Error {
  override readonly name: string = 'TlError'
}

/** The bytes name a constructor that is in no layer. */
export class UnknownConstructorError extends TlError {
  override readonly name = 'UnknownConstructorError'
}
