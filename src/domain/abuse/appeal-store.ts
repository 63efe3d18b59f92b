import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** What somebody said against a sanction, and what was answered. */
export interface Appeal {
  readonly id: number
  readonly sanctionId: number
  readonly userId: UserId
  readonly text: string
  readonly madeAt: number
  readonly answer: string | null
  readonly answeredAt: number | null
  readonly answeredBy: UserId | null
}

/** Writes an appeal. False when there was one against this sanction. */
export async function insertAppeal(
  tx: Tx,
  appeal: Pick<Appeal, 'sanctionId' | 'userId' | 'text' | 'madeAt'>,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into appeal (sanction_id, user_id, text, made_at)
    values (${appeal.sanctionId}, ${appeal.userId}, ${appeal.text}, ${appeal.madeAt})
    on conflict do nothing returning 1`
  return rows.length > 0
}

/** The appeals that nobody answered yet, the oldest first. */
export async function readOpenAppeals(db: Db | Tx, limit: number): Promise<Appeal[]> {
  return await db.sql<Appeal[]>`
    select ${appealColumns(db)} from appeal a where a.answered_at is null order by a.id limit ${limit}`
}

/** The appeals that were answered last. */
export async function readAnsweredAppeals(db: Db | Tx, limit: number): Promise<Appeal[]> {
  return await db.sql<Appeal[]>`
    select ${appealColumns(db)} from appeal a where a.answered_at is not null
    order by a.answered_at desc, a.id desc limit ${limit}`
}

/** The appeal with this id. */
export async function readAppeal(db: Db | Tx, id: number): Promise<Appeal | undefined> {
  const [row] = await db.sql<Appeal[]>`select ${appealColumns(db)} from appeal a where a.id = ${id}`
  return row
}

/** The appeal against a sanction. */
export async function findAppeal(db: Db | Tx, sanctionId: number): Promise<Appeal | undefined> {
  const [row] = await db.sql<Appeal[]>`
    select ${appealColumns(db)} from appeal a where a.sanction_id = ${sanctionId}`
  return row
}

/** Answers an appeal and returns it; undefined when it was answered before. */
export async function answerAppeal(
  tx: Tx,
  id: number,
  answer: { readonly text: string; readonly at: number; readonly by: UserId },
): Promise<Appeal | undefined> {
  const [row] = await tx.sql<Appeal[]>`
    update appeal a set answer = ${answer.text}, answered_at = ${answer.at}, answered_by = ${answer.by}
    where a.id = ${id} and a.answered_at is null
    returning ${appealColumns(tx)}`
  return row
}

function appealColumns(db: Db | Tx) {
  return db.sql`a.id, a.sanction_id as "sanctionId", a.user_id as "userId", a.text, a.made_at as "madeAt",
    a.answer, a.answered_at as "answeredAt", a.answered_by as "answeredBy"`
}
