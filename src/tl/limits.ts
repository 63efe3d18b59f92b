/** How large a decoded value may be. Whatever goes beyond is a TlError. */

/** Objects inside objects. The deepest honest values are rich text and JSON inside a few wrappers. */
export const MAX_DEPTH = 64
/** Elements of one vector. */
export const MAX_VECTOR_LENGTH = 100_000
/** Objects in one decoded value: four bytes of input can make an object of hundreds of bytes. */
export const MAX_OBJECTS = 100_000
/** Bytes of one decoded value; the format itself ends strings at 16 MiB. */
export const MAX_TOTAL_BYTES = 16 * 1024 * 1024
