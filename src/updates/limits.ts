/** Bounds of the ways by which updates travel. */

/** Log rows read for a session that missed some; beyond that it is told that there are too many. */
export const CATCH_UP_ROWS = 200
/** How long a doorbell may wait for the ones before it, in milliseconds, until the log is read. */
export const GAP_WAIT_MS = 100
/** Boxes whose states are read at once, after doorbells were lost. */
export const LOOKED_AT_BOXES = 500
/** How long it takes until that is tried again, when the database cannot be read, in milliseconds. */
export const LOOK_AGAIN_MS = 1_000
/** Rung rows kept for one user while they wait for the ones before them. */
export const WAITING_ROWS = 1_000
/** How long an answer waits, at most, for pushes of what it may contain, in milliseconds. */
export const SETTLE_MS = 1_000
/** How long after news an answer that may show them follows, at least, in milliseconds. */
export const NEWS_APART_MS = 20
/** Log rows in one answer of updates.getDifference. */
export const DIFFERENCE_ROWS = 500
/** Likewise of those that count in qts. */
export const DIFFERENCE_QTS = 500
/** A client further behind than this starts anew. */
export const DIFFERENCE_TOTAL = 10_000
/**
 * Changes outside pts are found by their date. So much older ones are told again, because the change of a slow
 * transaction has an earlier date than what was committed before it, and because clocks are set back.
 */
export const DIFFERENCE_OVERLAP_SEC = 30
/** Changes outside pts in one difference. */
export const DIFFERENCE_OTHERS = 200

/** How long changes are kept: a client that was away for longer starts anew. */
export const LOG_KEPT_SEC = 30 * 86_400
/** The pts of changes kept of one box; more than any difference tells. */
export const LOG_KEPT_PTS = 2 * DIFFERENCE_TOTAL
/** How often some boxes are looked at for changes that may go, how many boxes, and how many rows of each. */
export const TRIM_EVERY_MS = 10_000
export const TRIM_BOXES = 1_000
export const TRIM_ROWS = 1_000
