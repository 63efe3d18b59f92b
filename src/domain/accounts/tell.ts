import type { UserId } from '../../lib/ids.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import type * as T from '../../tl/schema.d.ts'
import { Kind, type LogEntry } from '../../updates/log.ts'

/**
 * A log entry for a change that does not count in pts: the update itself, to be found after being offline
 * too.
 */
export function otherEntry(boxId: UserId, update: T.Update): LogEntry {
  return { boxId, kind: Kind.other, count: 0, data: codecFor(NEWEST_LAYER).encode(update, 'Update') }
}
