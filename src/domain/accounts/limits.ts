/**
 * Bounds of what people say of themselves. help.getConfig and help.getAppConfig announce those that clients
 * obey.
 */

/** Characters of a first or a last name, of oneself or of a contact. */
export const NAME_LENGTH = 64
/** Characters of the text about oneself. */
export const ABOUT_LENGTH = 70
export const USERNAME_MIN = 5
export const USERNAME_MAX = 32
/** How long somebody counts as online after saying so. */
export const ONLINE_SEC = 300
/** People who are told of a change of name, and people who are told that somebody came online. */
export const TOLD_OF_NAME = 2_000
export const TOLD_OF_PRESENCE = 500
/** Users in one call of users.getUsers. */
export const USERS_PER_CALL = 200
/**
 * How long the owner of an account with a password can keep it, when somebody without the password wants it
 * deleted.
 */
export const DELETION_WAIT_SEC = 7 * 86_400
/** After how many days without a visit an account is deleted: what its owner may choose. */
export const MIN_TTL_DAYS = 30
export const MAX_TTL_DAYS = 730
/** How often some accounts are looked at, how many, and how much of what deleted ones left is erased then. */
export const SWEEP_ACCOUNTS_EVERY_MS = 10_000
export const SWEPT_ACCOUNTS = 500
export const SWEPT_DELETIONS = 20
export const SWEPT_ROWS = 2_000
/**
 * Users as others see them, each pair once, that a node remembers; and for how long what it was not told can
 * be old.
 */
export const USERS_REMEMBERED = 50_000
export const USERS_REMEMBERED_MS = 30_000
