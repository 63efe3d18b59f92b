import type { Actor, Context } from '../../context.ts'
import { peerKind, type MessageId, type PeerId, type UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { messageView } from '../../views/message.ts'
import { count } from '../abuse/watch.ts'
import { hideBar } from '../contacts/blocks.ts'
import { readIncoming } from '../messages/history-store.ts'
import { pack } from '../messages/packed.ts'
import { factsOf, type MessageRow } from '../messages/rows.ts'
import { readMessages } from '../messages/store.ts'
import { findSeenPhoto, seenPhotos } from '../photos/seen.ts'
import { CHAT_MESSAGES, COMMENT_LENGTH, REPORTED_MESSAGES } from './limits.ts'
import { findOption, type Option, type Reason } from './options.ts'
import { putReport, type About } from './store.ts'

/** Ends the option of whoever was asked for a comment: it may be left out now, where it is optional. */
const ASKED = '?'

/** What was made of a step through the menu: it goes on, a comment is wanted, or the report was taken. */
export type ReportStep =
  | { readonly kind: 'choose'; readonly option: Option }
  | { readonly kind: 'comment'; readonly option: Option; readonly next: string }
  | { readonly kind: 'reported' }

/**
 * One step through the menu of reports; the last one reports messages of a chat. Throws OPTION_INVALID,
 * MESSAGE_ID_REQUIRED when there are messages to choose from and none was chosen, PEER_ID_INVALID for oneself.
 * https://core.telegram.org/method/messages.report
 */
export async function reportMessages(
  ctx: Context,
  by: Actor,
  input: {
    readonly peerId: PeerId
    readonly ids: readonly number[]
    readonly option: string
    readonly comment: string
  },
): Promise<ReportStep> {
  const { peerId } = input
  const wasAsked = input.option.endsWith(ASKED)
  const option = findOption(wasAsked ? input.option.slice(0, -ASKED.length) : input.option)
  if (!option) throw rpcError('OPTION_INVALID')
  checkSubject(by, peerId)
  const messages = await chosenMessages(ctx, by, peerId, input.ids)
  if (!option.reason) return { kind: 'choose', option }
  const comment = shorten(input.comment)
  const lacksComment = comment === '' && (option.comment === 'required' || (option.comment && !wasAsked))
  if (lacksComment) return { kind: 'comment', option, next: option.id + ASKED }
  await write(ctx, by, { peerId, about: 'messages', reason: option.reason, comment, messages })
  return { kind: 'reported' }
}

/**
 * Reports a whole chat as spam: the last messages that came in are attached, and the bar that offered to report
 * goes. Throws PEER_ID_INVALID for oneself. https://core.telegram.org/method/messages.reportSpam
 */
export async function reportSpam(ctx: Context, by: Actor, peerId: PeerId): Promise<void> {
  checkSubject(by, peerId)
  const messages = await readIncoming(ctx.db, { boxId: by.userId, peerId, limit: CHAT_MESSAGES })
  await write(ctx, by, { peerId, about: 'chat', reason: 'spam', comment: '', messages })
  await hideBar(ctx, by, peerId as UserId)
}

/**
 * Reports the other side of a secret chat as a spammer: that there is such a chat is all that the server can tell of it.
 * The bar that offered to report goes. https://core.telegram.org/method/messages.reportEncryptedSpam
 */
export async function reportSecretChat(ctx: Context, by: Actor, userId: UserId): Promise<void> {
  await write(ctx, by, { peerId: userId, about: 'secret chat', reason: 'spam', comment: '', messages: [] })
  await hideBar(ctx, by, userId)
}

/**
 * Reports a peer, or its profile photo. Throws PEER_ID_INVALID for oneself.
 * https://core.telegram.org/method/account.reportPeer
 */
export async function reportPeer(
  ctx: Context,
  by: Actor,
  input: {
    readonly peerId: PeerId
    readonly about: 'peer' | 'photo'
    readonly reason: Reason
    readonly comment: string
    /** Which photo; the one that is shown, unless the reporter sees this one. */
    readonly photoId?: bigint | undefined
  },
): Promise<void> {
  checkSubject(by, input.peerId)
  const photo = input.about === 'photo' ? await reportedPhoto(ctx, by, input) : undefined
  const messages =
    input.about === 'peer'
      ? await readIncoming(ctx.db, { boxId: by.userId, peerId: input.peerId, limit: CHAT_MESSAGES })
      : []
  await write(ctx, by, { ...input, comment: shorten(input.comment), messages, photo })
}

/** What the reporter gave the account is no photo of its owner. */
async function reportedPhoto(
  ctx: Context,
  by: Actor,
  { peerId, photoId }: { readonly peerId: PeerId; readonly photoId?: bigint | undefined },
): Promise<T.photo | undefined> {
  if (peerKind(peerId) !== 'user') return undefined
  const userId = peerId as UserId
  const { personal, profile, fallback } = await seenPhotos(ctx, by.userId, userId)
  const named = photoId === undefined ? undefined : await findSeenPhoto(ctx, by.userId, userId, photoId)
  return named && named.id !== personal?.id ? named : (profile ?? fallback)
}

function checkSubject(by: Actor, peerId: PeerId): void {
  if (peerId === by.userId) throw rpcError('PEER_ID_INVALID')
}

/** The chosen messages that are there and are not one's own. */
async function chosenMessages(
  ctx: Context,
  by: Actor,
  peerId: PeerId,
  ids: readonly number[],
): Promise<MessageRow[]> {
  if (ids.length === 0) {
    const [last] = await readIncoming(ctx.db, { boxId: by.userId, peerId, limit: 1 })
    if (last) throw rpcError('MESSAGE_ID_REQUIRED')
    return []
  }
  const rows = await readMessages(ctx.db, by.userId, ids.slice(0, REPORTED_MESSAGES) as MessageId[])
  return rows.filter((row) => row.peerId === peerId && row.fromId !== by.userId)
}

async function write(
  ctx: Context,
  by: Actor,
  report: {
    readonly peerId: PeerId
    readonly about: About
    readonly reason: Reason
    readonly comment: string
    readonly messages: readonly MessageRow[]
    readonly photo?: T.photo | undefined
  },
): Promise<void> {
  const messages = report.messages.map((row) => ({
    id: row.id,
    message: pack(messageView(by.userId, factsOf(row)), 'Message'),
  }))
  const { isFirst } = await ctx.db.transaction((tx) =>
    putReport(tx, {
      subjectId: report.peerId,
      reporterId: by.userId,
      about: report.about,
      reason: report.reason,
      comment: report.comment,
      reportedAt: ctx.clock.nowSec(),
      messages,
      photo: report.photo ? pack(report.photo, 'Photo') : null,
    }),
  )
  if (isFirst) await count(ctx, report.peerId as UserId, 'reports')
}

function shorten(comment: string): string {
  return [...comment.replaceAll('\u0000', '').trim()].slice(0, COMMENT_LENGTH).join('')
}
