import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { countImports } from './import-store.ts'
import { MAX_CONTACTS } from './limits.ts'
import { readContacts, type ContactRow } from './store.ts'

/** All contacts of a user, by id, and how many imported numbers have no account. */
export async function contactList(
  ctx: Context,
  userId: UserId,
): Promise<{ rows: ContactRow[]; savedCount: number }> {
  const [rows, savedCount] = await Promise.all([
    readContacts(ctx.db, userId, MAX_CONTACTS),
    countImports(ctx.db, userId),
  ])
  return { rows, savedCount }
}
