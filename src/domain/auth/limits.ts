/** Bounds of signing in. How often something may be asked for stands in rpc/limits.ts. */

/** Digits of a login code. */
export const CODE_LENGTH = 5
/** Digits of a login code that comes by e-mail. */
export const MAIL_CODE_LENGTH = 6
/** Random bytes by which a client names the code that it waits for. */
export const LOGIN_CODE_HASH_BYTES = 9
/** The first layers that know of missed calls, and of codes by e-mail. */
export const MISSED_CALL_LAYER = 135
export const EMAIL_LAYER = 145
/** How long whoever lost the login e-mail waits until it is taken away. */
export const LOGIN_EMAIL_RESET_SEC = 7 * 86_400
/** How long an address can be verified with the code that was sent there. */
export const EMAIL_VERIFY_SEC = 3600
/** The first layer in which a client that logs out is given a token, and the first in which that lets it in. */
export const FUTURE_TOKEN_LAYER = 135
export const TOKEN_SUCCESS_LAYER = 152
/** Tokens that an account has out, and that a client may present. */
export const MAX_FUTURE_TOKENS = 20
export const FUTURE_TOKEN_SEC = 180 * 86_400
/** How long a login code can be used. */
export const CODE_LIFETIME_SEC = 600
/** How often a code may be entered wrongly before it is void. */
export const CODE_ATTEMPTS = 5
/** After how long a client may ask for the code by the next channel. */
export const RESEND_AFTER_SEC = 60
/** How long a login waits for its password, and how often that may be entered wrongly in all. */
export const PENDING_LOGIN_SEC = 86_400
export const PENDING_ATTEMPTS = 50
/** How long an exported authorization can be imported in another datacenter. */
export const EXPORT_LIFETIME_SEC = 300
/** Sessions that a user can have; the list of them is never longer. One more ends another, on so many keys at once. */
export const MAX_SESSIONS = 200
export const SURPLUS_KEYS = 20
/** What is kept of the texts that a client says of itself. */
export const DEVICE_TEXT = 128
/** After so many days without a visit a session ends, unless its user chose another number, up to a bound. */
export const SESSION_TTL_DAYS = 180
export const MAX_SESSION_TTL_DAYS = 366
/** A session must be so old to end others. */
export const FRESH_SESSION_SEC = 86_400
/** A session that nobody confirmed counts as confirmed after so long. */
export const AUTOCONFIRM_SEC = 7 * 86_400
/** That a client is there is written down so often. */
export const VISIT_EVERY_SEC = 600
/** How often some keys are looked at for sessions that were idle for too long, and how many keys. */
export const IDLE_SWEEP_MS = 10_000
export const IDLE_SWEEP_KEYS = 1_000
/** How long a login token can be accepted, and then be turned into a login. */
export const LOGIN_TOKEN_SEC = 30
export const ACCEPTED_TOKEN_SEC = 300
/** Users that one client can be logged in as besides. */
export const MAX_EXCEPT_IDS = 100
