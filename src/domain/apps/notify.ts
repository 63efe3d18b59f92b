import type { Context } from '../../context.ts'
import { findByPhones } from '../accounts/store.ts'
import { MESSAGE_LENGTH } from '../messages/limits.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { NOTIFIED_AT_ONCE } from './limits.ts'
import { readOwners } from './store.ts'
import { AppError } from './text.ts'

/**
 * Writes to the owners of apps, each in the chat with the service account. Returns how many were written to: an owner
 * without an account is not. Throws AppError.
 */
export async function notifyDevelopers(ctx: Context, input: string): Promise<number> {
  const text = input.trim()
  if (text === '' || [...text].length > MESSAGE_LENGTH)
    throw new AppError(`a notification has 1 to ${MESSAGE_LENGTH} characters`)
  let count = 0
  for (let last = ''; ;) {
    const phones = await readOwners(ctx.db, last, NOTIFIED_AT_ONCE)
    const owners = await findByPhones(ctx.db, phones)
    await Promise.all([...owners.values()].map((userId) => sendServiceMessage(ctx, userId, text)))
    count += owners.size
    if (phones.length < NOTIFIED_AT_ONCE) return count
    last = phones.at(-1)!
  }
}
