/** Bounds of signing in with passkeys. help.getAppConfig announces how many an account can have. */

export const PASSKEYS_PER_ACCOUNT = 5
export const CHALLENGE_BYTES = 32
/** How long a client may take to have a challenge signed. */
export const CHALLENGE_SEC = 600
/** Bytes of what a client sends. WebAuthn allows ids of 1023 bytes. */
export const MAX_ID_BYTES = 1023
export const MAX_CLIENT_DATA = 8_192
export const MAX_ATTESTATION_BYTES = 16_384
