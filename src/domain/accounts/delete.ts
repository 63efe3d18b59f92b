import type { Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { disownApp } from '../apps/store.ts'
import { sendServiceMessage } from '../messages/service.ts'
import { readPassword } from '../password/store.ts'
import { endChatsOfDevices } from '../secret/end.ts'
import { readAcquainted } from './acquainted-store.ts'
import { emptyAccount, findDeletion, putDeletion } from './delete-store.ts'
import { DELETION_WAIT_SEC, TOLD_OF_NAME } from './limits.ts'
import { readAccount } from './store.ts'
import { otherEntry } from './tell.ts'

const HASH_BYTES = 12
const REASON_LENGTH = 500

/** On whose word an account is deleted. */
export interface DeletionWord {
  /** The password was proved, or nobody's word is needed. */
  readonly isCertain?: boolean
  /** Of a client; that of whoever asks in another way is 0. */
  readonly keyId?: bigint
}

/**
 * Deletes an account. Without the password of one that has two-step verification and is in use, it happens in
 * a week: its sessions hear of it and can keep the account. Throws 2FA_CONFIRM_WAIT_X then.
 * https://core.telegram.org/api/account-deletion
 */
export async function deleteAccount(
  ctx: Context,
  userId: UserId,
  reason: string,
  word: DeletionWord = {},
): Promise<void> {
  if (word.isCertain !== true) await waitForOwner(ctx, userId, word.keyId ?? 0n)
  await ctx.db.transaction(async (tx) => await makeDeleted(ctx, tx, userId))
  ctx.log.info({ userId, reason: reason.slice(0, REASON_LENGTH) }, 'an account was deleted')
}

/** Everybody who sees the account is told; what they wrote to one another stays with them. */
async function makeDeleted(ctx: Context, tx: Tx, userId: UserId): Promise<void> {
  const account = await readAccount(tx, userId)
  if (!account || account.isDeleted) return
  const others = await readAcquainted(tx, userId, { sinceSec: 0, limit: TOLD_OF_NAME })
  if (account.phone !== null) await disownApp(tx, account.phone)
  const keys = await emptyAccount(tx, userId, ctx.clock.nowSec())
  await endChatsOfDevices(ctx, tx, keys, userId)
  tx.onCommit(() => {
    for (const keyId of keys) ctx.connections.endLogin(keyId)
  })
  const told = others.map((other) => otherEntry(other.id, tl.updateUser({ userId })))
  if (told.length > 0) await ctx.updates.record(tx, told)
}

/**
 * An account with a password that is older than a week, and that somebody used within a week, is deleted only
 * after its owner had a week to keep it. Throws 2FA_CONFIRM_WAIT_X.
 */
async function waitForOwner(ctx: Context, userId: UserId, keyId: bigint): Promise<void> {
  const nowSec = ctx.clock.nowSec()
  const [account, password] = await Promise.all([readAccount(ctx.db, userId), readPassword(ctx.db, userId)])
  if (!account || !password) return
  const known = await findDeletion(ctx.db, userId)
  if (known === undefined) {
    const isOld = password.changedAt <= nowSec - DELETION_WAIT_SEC
    const isUsed = account.onlineUntil > nowSec - DELETION_WAIT_SEC
    if (!isOld || !isUsed) return
  }
  const hash = Buffer.from(ctx.random.bytes(HASH_BYTES)).toString('hex')
  const deletion = { userId, hash, keyId, deleteAt: nowSec + DELETION_WAIT_SEC }
  const { waiting, isNew } = await ctx.db.transaction((tx) => putDeletion(tx, deletion))
  if (isNew) await announceDeletion(ctx, userId, must(account.phone, 'people have numbers'), hash)
  if (waiting.deleteAt > nowSec) throw rpcError('2FA_CONFIRM_WAIT_%d', waiting.deleteAt - nowSec)
}

async function announceDeletion(ctx: Context, userId: UserId, phone: string, hash: string): Promise<void> {
  const title = 'Somebody wants to delete your account.'
  const text =
    `${title} They have the code that was sent to your phone number, but not your password. The account will be ` +
    'deleted in a week, unless you follow this link and confirm your number:\n' +
    `https://t.me/confirmphone?phone=${phone}&hash=${hash}`
  await sendServiceMessage(ctx, userId, text, [tl.messageEntityBold({ offset: 0, length: title.length })])
}
