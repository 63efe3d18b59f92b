/** The database cannot be used as things stand; the message, one line, says what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}
