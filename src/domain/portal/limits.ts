/** Bounds of being signed in to the portal. */

/** How long somebody stays signed in; longer when asked to be remembered. */
export const SESSION_SEC = 86_400
export const REMEMBERED_SEC = 365 * 86_400
/** Sessions of one account; of more the oldest go. */
export const MAX_SESSIONS = 50
