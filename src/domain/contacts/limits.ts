/** Bounds of contact lists. */

/** Contacts of one user, with or without an account. */
export const MAX_CONTACTS = 10_000
/** Contacts taken from one call; the client is asked to send the rest again. */
export const CONTACTS_PER_CALL = 500
/** People who learn that a number they imported has signed up. */
export const TOLD_OF_SIGN_UP = 2_000
/** Changed contacts that one's sessions are told of each; of more they are told to ask for the list. */
export const TOLD_ONE_BY_ONE = 20
/** Letters of a note on a contact. */
export const NOTE_LENGTH = 128
/** Blocked peers of one user, and in one page of the list. */
export const MAX_BLOCKED = 10_000
export const BLOCKED_PER_PAGE = 100
/** People found in one search, of either kind. */
export const FOUND_PER_SEARCH = 50
/** Letters of a query that are looked for. */
export const QUERY_LENGTH = 128
/** Letters that a query must have before strangers are looked for, too. */
export const GLOBAL_QUERY_MIN = 3
