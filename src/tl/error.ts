/** Bytes that are no TL value, or one beyond the limits: the only thing that decoding throws. */
export class TlError extends Error {
  override readonly name = 'TlError'
}
