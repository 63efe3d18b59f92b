/**
 * Bounds of files. Those that clients obey are announced by help.getAppConfig; how many parts may come in which time stands
 * in rpc/limits.ts.
 */

/** Parts of a file. https://core.telegram.org/api/config#upload-max-fileparts-default */
export const MAX_PARTS = 4000
/** The longest part. Parts are as long as divides it, in whole kilobytes. */
export const MAX_PART_BYTES = 524_288
export const PART_STEP_BYTES = 1024
/** Bytes of a file whose checksum is looked at; larger ones are uploaded as big files, which have none. */
export const CHECKED_BYTES = 10 * 1024 * 1024

/** Bytes of an account that wait for a file to take them; each upload counts as so many at least. */
export const WAITING_BYTES = 8 * 2 ** 30
export const WAITING_BYTES_LEAST = 4 * 2 ** 20
/** When whoever has more may ask again. */
export const WAITING_AGAIN_SEC = 300
/** How long an upload is kept after its last part came. */
export const UPLOAD_KEPT_SEC = 86_400
/** How often those that nobody took are deleted, and how many at once. */
export const SWEEP_FILES_EVERY_MS = 60_000
export const SWEPT_UPLOADS = 200

/** Most bytes of one answer, which lie in one chunk of that size. https://core.telegram.org/api/files#downloading-files */
export const CHUNK_BYTES = 1_048_576
/** What offset and limit are divisible by; and what, when the client asks to be precise. */
export const OFFSET_STEP_BYTES = 4096
export const PRECISE_STEP_BYTES = 1024
/** Bytes that one hash is of, and hashes in one answer. */
export const HASHED_BYTES = 131_072
export const HASHES_PER_CALL = 32

/** File references are made anew so often, at the latest. */
export const REFERENCE_STEP_SEC = 3600
