import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { readAccount, findByPhone, type Account } from '../accounts/store.ts'
import { findUsername } from '../accounts/username-store.ts'
import { normalisePhone } from '../auth/phone.ts'
import { dropWebSessionsOf } from '../web/session-store.ts'
import {
  deleteAdmin,
  findAdmin,
  insertAdmin,
  lockAdmins,
  putRole,
  putSecond,
  readAdmins,
} from './admin-store.ts'
import { MAX_ADMINS } from './limits.ts'
import { ROLES, type Role } from './rights.ts'

/** What was wrong with what an administrator asked for, in words for them. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError'
}

/** The account that an administrator names by phone, @username or id; undefined when there is none. */
export async function findNamed(ctx: Context, typed: string): Promise<Account | undefined> {
  const name = typed.replaceAll('\u0000', '').trim()
  const userId = await idOf(ctx, name)
  const account = userId === undefined ? undefined : await readAccount(ctx.db, userId)
  return account?.isDeleted ? undefined : account
}

const USERNAME = /^@?([a-z]\w{2,31})$/i

async function idOf(ctx: Context, name: string): Promise<UserId | undefined> {
  const username = USERNAME.exec(name)?.[1]
  if (username !== undefined) {
    const peerId = await findUsername(ctx.db, username.toLowerCase())
    return peerId !== undefined && peerId > 0 ? (peerId as UserId) : undefined
  }
  const phone = normalisePhone(name)
  return phone === undefined ? undefined : await findByPhone(ctx.db, phone)
}

/** The role that a form names. Throws ConsoleError. */
export function parseRole(typed: string): Role {
  const role = ROLES.find((each) => each === typed)
  if (!role) throw new ConsoleError('Please choose a role.')
  return role
}

/** Appoints an administrator. Throws ConsoleError. */
export async function appoint(
  ctx: Context,
  by: UserId | undefined,
  input: { readonly account: Account; readonly role: Role },
): Promise<void> {
  const { account, role } = input
  if (account.isBot || account.phone === null) throw new ConsoleError('A bot cannot be an administrator.')
  const admin = { userId: account.id, role, appointedAt: ctx.clock.nowSec(), appointedBy: by ?? null }
  await ctx.db.transaction(async (tx) => {
    await lockAdmins(tx)
    if ((await readAdmins(tx, MAX_ADMINS)).length >= MAX_ADMINS)
      throw new ConsoleError('There are too many administrators.')
    if (!(await insertAdmin(tx, admin))) throw new ConsoleError('This account is an administrator already.')
  })
}

/** Gives an administrator another role; whoever is signed in signs in anew. Throws ConsoleError. */
export async function changeRole(ctx: Context, userId: UserId, role: Role): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockAdmins(tx)
    await requireOther(tx, userId, role === 'owner')
    await putRole(tx, userId, role)
    await dropWebSessionsOf(tx, 'console', userId)
  })
}

/** Removes an administrator. Throws ConsoleError. */
export async function removeAdmin(ctx: Context, userId: UserId): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockAdmins(tx)
    await requireOther(tx, userId, false)
    await deleteAdmin(tx, userId)
    await dropWebSessionsOf(tx, 'console', userId)
  })
}

/** Has an administrator set up the second factor anew with the next sign-in. Throws ConsoleError. */
export async function resetSecond(ctx: Context, userId: UserId): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockAdmins(tx)
    if (!(await findAdmin(tx, userId))) throw new ConsoleError('This account is no administrator.')
    await putSecond(tx, userId, null)
    await dropWebSessionsOf(tx, 'console', userId)
  })
}

/** There is an owner as soon as there was one. */
async function requireOther(tx: Tx, userId: UserId, staysOwner: boolean): Promise<void> {
  const admins = await readAdmins(tx, MAX_ADMINS)
  const admin = admins.find((each) => each.userId === userId)
  if (!admin) throw new ConsoleError('This account is no administrator.')
  if (staysOwner || admin.role !== 'owner') return
  const owners = admins.filter((each) => each.role === 'owner' && each.userId !== userId)
  const accounts = await Promise.all(owners.map((each) => readAccount(tx, each.userId)))
  if (!accounts.some((account) => account?.isDeleted === false))
    throw new ConsoleError('This is the last owner: appoint another one first.')
}
