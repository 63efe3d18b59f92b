/** Bounds of what arrives over HTTP and of connections that have said nothing yet. */

/** What a socket may deliver in its first read, in bytes: Node reads at most this much at once. */
export const MAX_HEAD_BYTES = 1 << 20
/** A connection that says nothing is closed, in milliseconds. */
export const HEAD_TIMEOUT_MS = 30_000
/** Connections of one address that have said nothing yet. */
export const MAX_SILENT = 1_000
/** The largest MTProto message over HTTP, in bytes: that of the other transports. */
export const MAX_BODY_BYTES = (1 << 20) + 1024
/** How much is read of a longer one, to answer it; after that the connection ends. */
export const MAX_DROPPED_BYTES = 16 << 20
/** Time for a request's headers, in milliseconds. */
export const HEADERS_TIMEOUT_MS = 15_000
/** The largest form of the portal, in bytes: that of the longest description, all of it escaped. */
export const MAX_FORM_BYTES = 16_384
/** The largest form of the console: that of the longest terms, all of it escaped. */
export const MAX_CONSOLE_FORM_BYTES = 262_144
