import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

export type Audience = 'users' | 'developers'

/** What administrators write to many. */
export interface Announcement {
  readonly id: number
  readonly audience: Audience
  readonly text: string
  readonly madeBy: UserId
  readonly madeAt: number
  /** Up to whom it was sent: a user's id, an owner's number; '' for nobody yet. */
  readonly lastKey: string
  readonly told: number
  readonly finishedAt: number | null
}

export async function insertAnnouncement(
  tx: Tx,
  made: Pick<Announcement, 'audience' | 'text' | 'madeBy' | 'madeAt'>,
): Promise<void> {
  await tx.sql`
    insert into announcement (audience, text, made_by, made_at)
    values (${made.audience}, ${made.text}, ${made.madeBy}, ${made.madeAt})`
}

/** The announcements, the latest first. */
export async function readAnnouncements(db: Db | Tx, limit: number): Promise<Announcement[]> {
  return await db.sql<Announcement[]>`select ${columns(db)} from announcement order by id desc limit ${limit}`
}

/** Takes hold of the first announcement that is not sent to all yet, and that no other server holds. */
export async function holdAnnouncement(
  tx: Tx,
  hold: { readonly nowSec: number; readonly untilSec: number },
): Promise<Announcement | undefined> {
  const [row] = await tx.sql<Announcement[]>`
    update announcement set held_until = ${hold.untilSec}
    where id = (
      select id from announcement where finished_at is null and held_until <= ${hold.nowSec}
      order by id limit 1 for update skip locked
    )
    returning ${columns(tx)}`
  return row
}

/** Notes up to whom it was sent, and lets go of it. */
export async function putProgress(
  tx: Tx,
  id: number,
  progress: { readonly lastKey: string; readonly told: number; readonly finishedAt: number | null },
): Promise<void> {
  await tx.sql`
    update announcement set last_key = ${progress.lastKey}, told = told + ${progress.told},
      finished_at = ${progress.finishedAt}, held_until = 0
    where id = ${id}`
}

function columns(db: Db | Tx) {
  return db.sql`id, audience, text, made_by as "madeBy", made_at as "madeAt", last_key as "lastKey", told,
    finished_at as "finishedAt"`
}
