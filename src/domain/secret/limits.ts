import { LOG_KEPT_SEC } from '../../updates/limits.ts'

/** Bounds of secret chats. How often one may be asked for stands in rpc/limits.ts. */

/** Random bytes that a client may ask for to mix with its own. */
export const MAX_RANDOM_BYTES = 1024
/** Bytes of an encrypted message: a text of 4096 letters, its markup, and the preview of what comes as a file. */
export const MAX_DATA_BYTES = 65_536
/** The fingerprint of the key, the key of the message, and at least one block. */
export const DATA_HEAD_BYTES = 24
export const DATA_BLOCK_BYTES = 16
/** Messages that wait for one device; the oldest make room. */
export const WAITING_MESSAGES = 10_000
/** Random ids in one receipt. */
export const RECEIVED_IDS = 10_000
/**
 * How long a message is kept that its device has acknowledged but not asked to go beyond: should that end suddenly, it asks
 * again for what it had not stored.
 */
export const RECEIPT_MS = 3_600_000
/** Devices of which that is remembered, by one node. */
export const RECEIPTS = 100_000
/** How long it is remembered that a chat was ended, that a message was sent, and that nobody accepted a chat. */
export const KEPT_SEC = LOG_KEPT_SEC
/** How often some chats are looked at, and how many. */
export const SWEEP_EVERY_MS = 10_000
export const SWEPT_CHATS = 200
export const SWEPT_MESSAGES = 1_000
