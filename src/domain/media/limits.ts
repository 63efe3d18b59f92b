/** Bounds of what messages carry. */

/** Messages of an album. */
export const ALBUM_SIZE = 10
/** Attributes of a document. */
export const DOCUMENT_ATTRIBUTES = 16
/** Characters of a file's name. */
export const FILE_NAME_LENGTH = 255
/** Characters of a MIME type. */
export const MIME_TYPE_LENGTH = 127
/** Characters of a title, a performer, an address. */
export const TITLE_LENGTH = 256
/** Bytes of the shape of a voice message. */
export const WAVEFORM_BYTES = 1024
/** Width and height of images and videos. */
export const SIDE = 65_535
/** Seconds of a video or of a piece of music. */
export const DURATION_SEC = 0x7fffffff
/** Characters of a contact's number, and of the card that comes with it. */
export const PHONE_LENGTH = 64
export const CARD_LENGTH = 4096
/** Metres by which a place may be uncertain. */
export const ACCURACY_METRES = 1500
/** Bytes of a document that is looked up by its hash: what is longer would be read once more for that. */
export const HASHED_WHOLE_BYTES = 10 * 1024 * 1024
export const SHA256_BYTES = 32
