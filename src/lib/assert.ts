/** What we did wrong, as opposed to what a caller did wrong: a bug, answered as a 500 and logged. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Throws unless `condition` holds. The message says what must be true. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** The value, which must be there. */
export function must<V>(value: V | undefined | null, message: string): V {
  if (value === undefined || value === null) throw new AssertionError(message)
  return value
}
