import type { Actor, Context } from '../../context.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { readAcquainted } from '../accounts/acquainted-store.ts'
import { TOLD_OF_NAME } from '../accounts/limits.ts'
import { otherEntry } from '../accounts/tell.ts'

/** Tells one's own sessions and everybody acquainted that they may see another photo now. */
export async function tellOfPhoto(ctx: Context, tx: Tx, by: Actor): Promise<void> {
  const others = await readAcquainted(tx, by.userId, { sinceSec: 0, limit: TOLD_OF_NAME })
  const update = tl.updateUser({ userId: by.userId })
  const told = [by.userId, ...others.map((other) => other.id)]
  await ctx.updates.record(
    tx,
    told.map((id) => otherEntry(id, update)),
    by,
  )
}
