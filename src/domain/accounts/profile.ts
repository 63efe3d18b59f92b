import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type { LogEntry } from '../../updates/log.ts'
import { readAcquainted } from './acquainted-store.ts'
import { TOLD_OF_NAME } from './limits.ts'
import { cutLastName, isUsername, parseAbout, parseFirstName } from './names.ts'
import { changeProfile, readAccount, type Account } from './store.ts'
import { otherEntry } from './tell.ts'
import { dropUsername, findUsername, putUsername } from './username-store.ts'

/**
 * Changes the names and the text about oneself; what is left out stays. Everybody who sees the name is told.
 * Throws FIRSTNAME_INVALID, ABOUT_TOO_LONG. https://core.telegram.org/method/account.updateProfile
 */
export async function updateProfile(
  ctx: Context,
  by: Actor,
  input: {
    readonly firstName?: string | undefined
    readonly lastName?: string | undefined
    readonly about?: string | undefined
  },
): Promise<void> {
  const change = {
    firstName: input.firstName === undefined ? undefined : parseFirstName(input.firstName),
    lastName: input.lastName === undefined ? undefined : cutLastName(input.lastName),
    about: input.about === undefined ? undefined : parseAbout(input.about),
  }
  await ctx.db.transaction(async (tx) => {
    const before = must(await readAccount(tx, by.userId), 'the actor has an account')
    const after = must(await changeProfile(tx, by.userId, change), 'the actor has an account')
    if (after.firstName !== before.firstName || after.lastName !== before.lastName)
      await tellOfName(ctx, tx, by, { ...before, ...after }, 'name')
    else if (after.about !== before.about)
      await ctx.updates.record(tx, [otherEntry(by.userId, tl.updateUser({ userId: by.userId }))], by)
  })
}

/**
 * Gives the actor a public name, or takes it away when it is empty.
 * Throws USERNAME_INVALID, USERNAME_OCCUPIED, USERNAME_NOT_MODIFIED.
 * https://core.telegram.org/method/account.updateUsername
 */
export async function updateUsername(ctx: Context, by: Actor, name: string): Promise<void> {
  if (name !== '' && !isUsername(name)) throw rpcError('USERNAME_INVALID')
  await ctx.db.transaction(async (tx) => {
    const account = must(await readAccount(tx, by.userId), 'the actor has an account')
    if ((account.username ?? '') === name) throw rpcError('USERNAME_NOT_MODIFIED')
    if (name === '') await dropUsername(tx, by.userId)
    else if (!(await putUsername(tx, by.userId, name))) throw rpcError('USERNAME_OCCUPIED')
    await tellOfName(ctx, tx, by, { ...account, username: name === '' ? null : name }, 'username')
  })
}

/** Whether the actor could take a public name. Throws USERNAME_INVALID, USERNAME_OCCUPIED. */
export async function checkUsername(ctx: Context, by: Actor, name: string): Promise<boolean> {
  if (!isUsername(name)) throw rpcError('USERNAME_INVALID')
  const owner = await findUsername(ctx.db, name.toLowerCase())
  if (owner !== undefined && owner !== by.userId) throw rpcError('USERNAME_OCCUPIED')
  return true
}

/** Whose public name this is. Throws USERNAME_INVALID, USERNAME_NOT_OCCUPIED. */
export async function resolveUsername(ctx: Context, input: string): Promise<UserId> {
  const name = input.startsWith('@') ? input.slice(1) : input
  if (!/^\w{1,64}$/.test(name)) throw rpcError('USERNAME_INVALID')
  const owner = await findUsername(ctx.db, name.toLowerCase())
  if (owner === undefined || owner <= 0) throw rpcError('USERNAME_NOT_OCCUPIED')
  return owner as UserId
}

/**
 * Tells one's own sessions and everybody acquainted. Who gave the account a name of their own goes on seeing
 * that one, and hears of a new username only.
 */
async function tellOfName(
  ctx: Context,
  tx: Tx,
  by: Actor,
  account: Account,
  what: 'name' | 'username',
): Promise<void> {
  const usernames =
    account.username === null
      ? []
      : [tl.username({ editable: true, active: true, username: account.username })]
  const told = (boxId: UserId, firstName: string, lastName: string): LogEntry =>
    otherEntry(boxId, tl.updateUserName({ userId: account.id, firstName, lastName, usernames }))

  const entries = [told(by.userId, account.firstName, account.lastName)]
  for (const other of await readAcquainted(tx, account.id, { sinceSec: 0, limit: TOLD_OF_NAME })) {
    const given = other.contactFirstName
    if (given === null) entries.push(told(other.id, account.firstName, account.lastName))
    else if (what === 'username') entries.push(told(other.id, given, other.contactLastName ?? ''))
  }
  await ctx.updates.record(tx, entries, by)
}
