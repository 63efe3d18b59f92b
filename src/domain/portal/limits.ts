/** Bounds of signing in to the portal. How often a code may be asked for stands in rpc/limits.ts. */

/** Characters of a code: letters, digits, _ and -. */
export const CODE_LENGTH = 11
/** How long a code can be used. */
export const CODE_LIFETIME_SEC = 600
/** How often a code may be entered wrongly before it is void. */
export const CODE_ATTEMPTS = 5
/** How long somebody stays signed in; longer when asked to be remembered. */
export const SESSION_SEC = 86_400
export const REMEMBERED_SEC = 365 * 86_400
/** Sessions of one account; of more the oldest go. */
export const MAX_SESSIONS = 50
