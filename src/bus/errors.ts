/** The bus cannot be used as things stand; the message, one line, says what to do. */
export class BusError extends Error {
  override readonly name = 'BusError'
}
