/** Bounds of signing in. How often something may be asked for stands in rpc/limits.ts. */

/** Digits of a login code. */
export const CODE_LENGTH = 5
/** How long a login code can be used. */
export const CODE_LIFETIME_SEC = 600
/** How often a code may be entered wrongly before it is void. */
export const CODE_ATTEMPTS = 5
/** After how long a client may ask for the code by the next channel. */
export const RESEND_AFTER_SEC = 60
/** How long a login waits for its password. */
export const PENDING_LOGIN_SEC = 3600
/** How long an exported authorization can be imported in another datacenter. */
export const EXPORT_LIFETIME_SEC = 300
/** Sessions that a user can have; the list of them is never longer. */
export const MAX_SESSIONS = 200
/** What is kept of the texts that a client says of itself. */
export const DEVICE_TEXT = 128
/** After so many days without a visit clients say that a session may end. */
export const SESSION_TTL_DAYS = 180
