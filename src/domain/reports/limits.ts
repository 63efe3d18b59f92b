/** Bounds of reports. How often somebody may report stands in rpc/limits.ts. */

/** Characters of a comment; clients let people write 512. */
export const COMMENT_LENGTH = 512
/** Messages that one call can report. */
export const REPORTED_MESSAGES = 100
/** Messages kept of one person's report. */
export const KEPT_MESSAGES = 200
/** Messages attached when a whole chat is reported: the last ones that came in. */
export const CHAT_MESSAGES = 20
/** Bytes of profile photos, as TL without the images, that are kept of one person's report. */
export const KEPT_PHOTO_BYTES = 16_384
