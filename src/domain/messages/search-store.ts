import type { BoxId, PeerId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'
import { MessageFlag } from '../../views/message.ts'
import type { MessageRow } from './rows.ts'
import { messageColumns } from './store.ts'

/** What is looked for in a box, or in one chat of it. */
export interface SearchFor {
  readonly boxId: BoxId
  /** Undefined: everywhere. */
  readonly peerId: PeerId | undefined
  /** A tsquery; undefined for a filter without words. */
  readonly query: string | undefined
  readonly fromId: PeerId | undefined
  readonly kind: 'any' | 'links' | 'pinned'
  /** 0 is no bound. */
  readonly minDate: number
  readonly maxDate: number
  readonly folderId: number | undefined
}

/** What matches, as a condition. The text is indexed by box, so another box's messages cost nothing. */
function matches(db: Db | Tx, wanted: SearchFor) {
  const { sql } = db
  const inChat = wanted.peerId === undefined ? sql`` : sql`and m.peer_id = ${wanted.peerId}`
  const words =
    wanted.query === undefined
      ? sql``
      : sql`and to_tsvector('simple', m.text) @@ to_tsquery('simple', ${wanted.query})`
  const from = wanted.fromId === undefined ? sql`` : sql`and m.from_id = ${wanted.fromId}`
  const kind = { any: sql``, links: sql`and m.flags & 32 <> 0`, pinned: sql`and m.flags & 8 <> 0` }[wanted.kind]
  const since = wanted.minDate > 0 ? sql`and m.date > ${wanted.minDate}` : sql``
  const until = wanted.maxDate > 0 ? sql`and m.date < ${wanted.maxDate}` : sql``
  const folder =
    wanted.folderId === undefined
      ? sql``
      : sql`and exists (select from dialog d
          where d.box_id = m.box_id and d.peer_id = m.peer_id and d.folder_id = ${wanted.folderId})`
  return sql`m.box_id = ${wanted.boxId} ${inChat} ${words} ${from} ${kind} ${since} ${until} ${folder}`
}
