import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { MessageId, PeerId, UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { MessageFlag } from '../../views/message.ts'
import { peerView } from '../../views/peer.ts'
import { readAccount } from '../accounts/store.ts'
import { hasCaption } from '../media/kinds.ts'
import { openKeys } from '../privacy/privacy.ts'
import { deliver, outgoing, type Delivered } from './deliver.ts'
import { REQUEST_IDS } from './limits.ts'
import { pack, unpack } from './packed.ts'
import { findReply } from './reply.ts'
import type { MessageRow } from './rows.ts'
import { unplayedFlag } from './send-media.ts'
import type { Outgoing } from './send-store.ts'
import { checkRecipient } from './send.ts'
import { readMessages } from './store.ts'

/** Messages of one chat to be sent on to another. */
export interface ForwardMessages {
  readonly fromPeerId: PeerId
  readonly toPeerId: PeerId
  readonly ids: readonly MessageId[]
  readonly randomIds: readonly bigint[]
  readonly replyTo: T.InputReplyTo | undefined
  readonly isSilent: boolean
  readonly noforwards: boolean
  readonly dropAuthor: boolean
  /** Media goes without what is written under it. */
  readonly dropMediaCaptions: boolean
}

/**
 * Sends messages on, in the order of the request. Throws MESSAGE_IDS_EMPTY, RANDOM_ID_INVALID, RANDOM_ID_DUPLICATE,
 * MESSAGE_ID_INVALID when nothing can be sent on, CHAT_FORWARDS_RESTRICTED and what sending can be refused for.
 * https://core.telegram.org/method/messages.forwardMessages
 */
export async function forwardMessages(ctx: Context, by: Actor, input: ForwardMessages): Promise<Delivered[]> {
  if (input.ids.length === 0) throw rpcError('MESSAGE_IDS_EMPTY')
  if (input.ids.length !== input.randomIds.length) throw rpcError('RANDOM_ID_INVALID')
  if (input.ids.length > REQUEST_IDS) throw rpcError('MESSAGE_ID_INVALID')
  if (new Set(input.randomIds).size !== input.randomIds.length) throw rpcError('RANDOM_ID_DUPLICATE')
  const toId = await checkRecipient(ctx, by, input.toPeerId)
  const [rows, reply] = await Promise.all([
    readMessages(ctx.db, by.userId, input.ids),
    findReply(ctx, by, input.toPeerId, input.replyTo),
  ])
  const authors = await readAuthors(ctx, by, rows)
  const byId = new Map(rows.filter((row) => row.peerId === input.fromPeerId).map((row) => [row.id, row]))
  const chosen = input.ids.flatMap((id, index) => {
    const row = byId.get(id)
    const randomId = must(input.randomIds[index], 'there is a random id for each message')
    return row && !row.action ? [{ row, randomId }] : []
  })
  if (chosen.some(({ row }) => (row.flags & MessageFlag.noforwards) !== 0)) {
    throw rpcError('CHAT_FORWARDS_RESTRICTED')
  }
  if (chosen.length === 0) throw rpcError('MESSAGE_ID_INVALID')
  const albums = newAlbums(
    ctx,
    chosen.map(({ row }) => row),
  )
  const batch = chosen.map(({ row, randomId }) =>
    outgoing({
      ...contentOf(row, input),
      fromId: by.userId,
      toId,
      randomId,
      flags:
        keptFlags(row, input) |
        (input.isSilent ? MessageFlag.silent : 0) |
        (input.noforwards ? MessageFlag.noforwards : 0) |
        unplayedFlag(row.mediaKind, by, toId),
      replyOwnId: reply?.ownId ?? null,
      replyOtherId: reply?.otherId ?? null,
      reply: reply?.header ?? null,
      groupedId: (row.groupedId !== null && albums.get(row.groupedId)) || null,
      forward: input.dropAuthor ? null : forwardHeader(by, row, authors, toId === by.userId),
    }),
  )
  return await deliver(ctx, by, batch)
}

type WithCaptions = Pick<ForwardMessages, 'dropMediaCaptions'>

function contentOf(
  row: MessageRow,
  input: WithCaptions,
): Pick<Outgoing, 'text' | 'entities' | 'media' | 'mediaKind'> {
  const { media, mediaKind } = row
  if (losesCaption(row, input)) return { text: '', entities: null, media, mediaKind }
  return { text: row.text, entities: row.entities, media, mediaKind }
}

function losesCaption(row: MessageRow, input: WithCaptions): boolean {
  return input.dropMediaCaptions && row.mediaKind !== null && hasCaption(row.mediaKind)
}

function keptFlags(row: MessageRow, input: WithCaptions): number {
  if (losesCaption(row, input)) return 0
  return row.flags & (MessageFlag.hasUrl | MessageFlag.invertMedia)
}

/** What is forwarded of an album is one again, if that is more than one message. */
function newAlbums(ctx: Context, rows: readonly MessageRow[]): Map<bigint, bigint> {
  const albums = Map.groupBy(rows, (row) => row.groupedId)
  const several = [...albums].filter(([, messages]) => messages.length > 1)
  return new Map(several.flatMap(([old]) => (old === null ? [] : [[old, ctx.random.long()] as const])))
}

/** Who is named by name alone, because they do not want forwards of their messages to lead to them. */
type HiddenAuthors = ReadonlyMap<PeerId, string>

async function readAuthors(ctx: Context, by: Actor, rows: readonly MessageRow[]): Promise<HiddenAuthors> {
  const ids = new Set(
    rows.filter((row) => row.forward === null && row.fromId !== by.userId).map((row) => row.fromId),
  )
  const names = await Promise.all(
    [...ids].map(async (id): Promise<[PeerId, string][]> => {
      const userId = id as UserId
      if ((await openKeys(ctx, userId, by.userId, ['privacyKeyForwards'])).size > 0) return []
      const account = await readAccount(ctx.db, userId)
      return account ? [[id, `${account.firstName} ${account.lastName}`.trim()]] : []
    }),
  )
  return new Map(names.flat())
}

/** Who wrote a message first; in Saved Messages also where it was saved from. */
function forwardHeader(by: Actor, row: MessageRow, authors: HiddenAuthors, isSaving: boolean): Uint8Array {
  const earlier = unpack(row.forward) as T.messageFwdHeader | undefined
  const hiddenName = authors.get(row.fromId)
  const header = tl.messageFwdHeader({
    imported: earlier?.imported ?? false,
    fromId: earlier ? earlier.fromId : hiddenName === undefined ? peerView(row.fromId) : undefined,
    fromName: earlier ? earlier.fromName : hiddenName,
    date: earlier?.date ?? row.date,
    channelPost: earlier?.channelPost,
    postAuthor: earlier?.postAuthor,
    ...(isSaving ? savedFrom(by, row) : NOT_SAVED),
  })
  return pack(header, 'MessageFwdHeader')
}

interface SavedFrom {
  readonly savedOut: boolean
  readonly savedFromPeer: T.Peer | undefined
  readonly savedFromMsgId: number | undefined
  readonly savedFromId: T.Peer | undefined
  readonly savedDate: number | undefined
}

const NOT_SAVED: SavedFrom = {
  savedOut: false,
  savedFromPeer: undefined,
  savedFromMsgId: undefined,
  savedFromId: undefined,
  savedDate: undefined,
}

function savedFrom(by: Actor, row: MessageRow): SavedFrom {
  return {
    savedOut: row.fromId === by.userId,
    savedFromPeer: peerView(row.peerId),
    savedFromMsgId: row.id,
    // Said only where the one who sent it is not the one who wrote it.
    savedFromId: row.forward ? peerView(row.fromId) : undefined,
    savedDate: row.forward ? row.date : undefined,
  }
}
