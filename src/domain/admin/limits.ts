/** Bounds of the console. How often somebody may try to sign in stands in rpc/limits.ts. */

/** How long somebody stays signed in. */
export const SESSION_SEC = 8 * 3600
/** Whoever holds the token signs in for what cannot be done otherwise, and that is soon done. */
export const TOKEN_SESSION_SEC = 3600
/** Sessions of one administrator; of more the oldest go. */
export const MAX_SESSIONS = 10
/** Administrators in all. */
export const MAX_ADMINS = 1000
/** Bytes of the secret of a second factor: those of the hash, as RFC 4226 has it. */
export const TOTP_SECRET_BYTES = 20
/** Time steps before and after the present one whose code is taken: clocks differ. */
export const TOTP_WINDOW = 1
export const TOTP_STEP_SEC = 30
/** Characters of the details of one line of the audit log. */
export const DETAILS_LENGTH = 4000
/** People who are written to at a time. */
export const ANNOUNCED_AT_ONCE = 100
/** How long a server holds an announcement; it takes hold again with each batch. */
export const ANNOUNCING_SEC = 60
export const ANNOUNCE_EVERY_MS = 15_000
/** How often the health of a server is looked at, and how many looks are kept: an hour. */
export const HEALTH_EVERY_MS = 10_000
export const HEALTH_KEPT = 360
/** A statement that runs for longer is a slow one. */
export const SLOW_STATEMENT_SEC = 1
