import type { Actor, Context } from '../../context.ts'
import { peerKind, type PeerId, type UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { MessageFlag } from '../../views/message.ts'
import { peerView } from '../../views/peer.ts'
import { beforeStranger } from '../abuse/watch.ts'
import { resolveUser } from '../peers/resolve.ts'
import { deliver, outgoing, type Delivered } from './deliver.ts'
import { pack, packAll } from './packed.ts'
import { findReply, type Reply } from './reply.ts'
import type { Outgoing } from './send-store.ts'
import { readStanding } from './standing-store.ts'
import { formatText, urlFlag, type FormattedText } from './text.ts'

/** A text message to be sent. */
export interface SendMessage {
  readonly peerId: PeerId
  readonly randomId: bigint
  readonly text: string
  readonly entities: readonly T.MessageEntity[] | undefined
  readonly replyTo: T.InputReplyTo | undefined
  readonly isSilent: boolean
  readonly noforwards: boolean
  readonly clearDraft: boolean
}

/**
 * Sends a text message. Throws MESSAGE_EMPTY, MESSAGE_TOO_LONG, PEER_ID_INVALID, INPUT_USER_DEACTIVATED,
 * YOU_BLOCKED_USER, USER_IS_BLOCKED, RANDOM_ID_EMPTY and what text and reply can be wrong about.
 * https://core.telegram.org/method/messages.sendMessage
 */
export async function sendMessage(
  ctx: Context,
  by: Actor,
  input: SendMessage,
  options: { readonly isStrict: boolean } = { isStrict: true },
): Promise<Delivered> {
  if (input.randomId === 0n) throw rpcError('RANDOM_ID_EMPTY')
  const formatted = await formatInput(ctx, by, input.text, input.entities, options)
  if (formatted.text === '') throw rpcError('MESSAGE_EMPTY')
  const [toId, reply] = await Promise.all([
    checkRecipient(ctx, by, input.peerId),
    findReply(ctx, by, input.peerId, input.replyTo),
  ])
  const [sent] = await deliver(ctx, by, [composed(ctx, by, toId, { ...input, formatted, reply })])
  return sent!
}

/** A message on its way, as far as one of text and one with a caption are alike. */
export function composed(
  ctx: Context,
  by: Actor,
  toId: UserId,
  input: Pick<SendMessage, 'randomId' | 'isSilent' | 'noforwards' | 'clearDraft'> & {
    readonly formatted: FormattedText
    readonly reply: Reply | undefined
  },
): Outgoing {
  const { formatted, reply } = input
  return outgoing({
    fromId: by.userId,
    toId,
    randomId: input.randomId,
    flags:
      (input.isSilent ? MessageFlag.silent : 0) |
      (input.noforwards ? MessageFlag.noforwards : 0) |
      urlFlag(formatted.entities),
    replyOwnId: reply?.ownId ?? null,
    replyOtherId: reply?.otherId ?? null,
    reply: reply?.header ?? null,
    text: formatted.text,
    entities: packAll(formatted.entities, 'MessageEntity'),
    draftCleared: input.clearDraft ? draftCleared(toId, ctx.clock.nowSec()) : null,
  })
}

/**
 * `formatText` with the users that it mentions checked beforehand. A mention of nobody is dropped; where it is to be
 * complained of, ENTITY_MENTION_USER_INVALID is thrown.
 */
export async function formatInput(
  ctx: Context,
  by: Actor,
  text: string,
  entities: readonly T.MessageEntity[] | undefined,
  options: { readonly isStrict: boolean } = { isStrict: false },
): Promise<FormattedText> {
  const mentioned = new Map<T.InputUser, UserId>()
  for (const entity of entities ?? []) {
    if (entity._ !== 'inputMessageEntityMentionName') continue
    const userId = await resolveUser(ctx, by, entity.userId).catch(() => undefined)
    if (userId !== undefined) mentioned.set(entity.userId, userId)
    else if (options.isStrict) throw rpcError('ENTITY_MENTION_USER_INVALID')
  }
  return formatText(text, entities, (input) => mentioned.get(input))
}

/** Makes sure that the actor may write to a peer, and counts those who do not know it. Throws why not. */
export async function checkRecipient(ctx: Context, by: Actor, peerId: PeerId): Promise<UserId> {
  if (peerKind(peerId) !== 'user') throw rpcError('PEER_ID_INVALID')
  const userId = peerId as UserId
  if (userId === by.userId) return userId
  const standing = await readStanding(ctx, { userId: by.userId, peerId: userId })
  if (!standing) throw rpcError('PEER_ID_INVALID')
  if (standing.isDeleted) throw rpcError('INPUT_USER_DEACTIVATED')
  if (standing.isBot && by.isBot) throw rpcError('USER_IS_BOT')
  if (standing.isBlockedByMe) throw rpcError('YOU_BLOCKED_USER')
  if (standing.blocksMe) throw rpcError('USER_IS_BLOCKED')
  // Bots are there to be written to, and so is who runs the server.
  if (standing.isStranger && !standing.isBot && !standing.isSupport) await beforeStranger(ctx, by.userId)
  return userId
}

/** The update that tells the sender's devices that the draft is gone. */
function draftCleared(peerId: PeerId, date: number): Uint8Array {
  const update = tl.updateDraftMessage({ peer: peerView(peerId), draft: tl.draftMessageEmpty({ date }) })
  return pack(update, 'Update')
}
