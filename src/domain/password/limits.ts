/** Bounds of two-step verification. How often something may be tried stands in rpc/limits.ts. */

/** How long a client may take to answer a challenge. */
export const CHALLENGE_SEC = 1800
/** Challenges that stand open on one key; more push out the oldest. */
export const CHALLENGES_PER_KEY = 8
/** Bytes that a client must add to the salt that it was given, and the most that it may. */
export const SALT_ADDED_MIN = 8
export const SALT_ADDED_MAX = 64
export const HINT_LENGTH = 255
/** Bytes of a client's own secret for its passport. */
export const SECURE_SECRET_BYTES = 64
/** How often a code that was sent by e-mail may be entered wrongly. */
export const EMAIL_CODE_ATTEMPTS = 10
/** How long a new recovery address may be confirmed. */
export const EMAIL_CONFIRM_SEC = 86_400
/** How long a password can be recovered with a code. */
export const RECOVERY_SEC = 3600
/**
 * How long whoever lost the password waits until it is taken away, and waits again after that was declined.
 */
export const RESET_WAIT_SEC = 7 * 86_400
export const RESET_AGAIN_SEC = 7 * 86_400
/** Between these, a client chooses how long a temporary password holds. */
export const TMP_PASSWORD_MIN_SEC = 60
export const TMP_PASSWORD_MAX_SEC = 86_400
