import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { RpcError, rpcError, type ErrorName } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { MessageFlag } from '../../views/message.ts'
import { albumKind, isPlayed, mediaKind, type MediaKind } from '../media/kinds.ts'
import { ALBUM_SIZE } from '../media/limits.ts'
import { makeFileMedia, makeMedia, OF_OTHERS } from '../media/make.ts'
import { openKeys } from '../privacy/privacy.ts'
import { deliver, type Delivered } from './deliver.ts'
import { CAPTION_LENGTH, MESSAGE_LENGTH } from './limits.ts'
import { pack } from './packed.ts'
import { findReply, type Reply } from './reply.ts'
import type { Outgoing } from './send-store.ts'
import { checkRecipient, composed, formatInput, sendMessage, type SendMessage } from './send.ts'
import { readSent } from './store.ts'
import { characters, type FormattedText } from './text.ts'

/** A message with media to be sent; its text is the caption. */
export interface SendMedia extends SendMessage {
  readonly media: T.InputMedia
  /** Whether the caption stands above the media. */
  readonly invertMedia: boolean
}

/** Several messages to be sent as one album. */
export interface SendAlbum extends Omit<SendMedia, 'media' | 'text' | 'entities' | 'randomId'> {
  readonly items: readonly T.InputSingleMedia[]
}

/** Media as it is stored. */
interface Packed {
  readonly media: Uint8Array
  readonly mediaKind: MediaKind | null
}

/**
 * Sends a message with media. Throws as `sendMessage`, MEDIA_CAPTION_TOO_LONG, VOICE_MESSAGES_FORBIDDEN and what the media
 * can be wrong about. https://core.telegram.org/method/messages.sendMedia
 */
export async function sendMedia(ctx: Context, by: Actor, input: SendMedia): Promise<Delivered> {
  if (isLinkAlone(input.media)) return await sendMessage(ctx, by, input, { isStrict: false })
  if (input.randomId === 0n) throw rpcError('RANDOM_ID_EMPTY')
  const caption = await formatCaption(ctx, by, input.text, input.entities)
  const [toId, reply, isSent] = await Promise.all([
    checkRecipient(ctx, by, input.peerId),
    findReply(ctx, by, input.peerId, input.replyTo),
    hasSent(ctx, by, [input.randomId]),
  ])
  const media = isSent ? undefined : packed(await makeMedia(ctx, by, input.media))
  if (isPlayed(media?.mediaKind)) await checkVoice(ctx, by, toId)
  const [sent] = await deliver(ctx, by, [
    withMedia(ctx, by, toId, { ...input, formatted: caption, reply, media, groupedId: null }),
  ])
  return sent!
}

/**
 * Sends messages as one album: all of them are written together. Throws MEDIA_EMPTY, MULTI_MEDIA_TOO_LONG, MEDIA_INVALID
 * for what does not go into one album, FILE_REFERENCE_X_EXPIRED with the place of the file in the album, and as
 * `sendMedia`. https://core.telegram.org/method/messages.sendMultiMedia
 */
export async function sendAlbum(ctx: Context, by: Actor, input: SendAlbum): Promise<Delivered[]> {
  const { items } = input
  if (items.length === 0) throw rpcError('MEDIA_EMPTY')
  if (items.length > ALBUM_SIZE) throw rpcError('MULTI_MEDIA_TOO_LONG')
  const randomIds = items.map((item) => item.randomId)
  if (randomIds.includes(0n)) throw rpcError('RANDOM_ID_EMPTY')
  if (new Set(randomIds).size < items.length) throw rpcError('RANDOM_ID_DUPLICATE')
  const captions = await Promise.all(items.map((item) => formatCaption(ctx, by, item.message, item.entities)))
  const [toId, reply, isSent] = await Promise.all([
    checkRecipient(ctx, by, input.peerId),
    findReply(ctx, by, input.peerId, input.replyTo),
    hasSent(ctx, by, randomIds),
  ])
  const made = isSent ? [] : await makeAlbum(ctx, by, items)
  const groupedId = items.length > 1 ? ctx.random.long() : null
  return await deliver(
    ctx,
    by,
    items.map(({ randomId }, index) =>
      withMedia(ctx, by, toId, {
        ...input,
        randomId,
        formatted: captions[index]!,
        reply,
        media: made[index],
        groupedId,
        clearDraft: input.clearDraft && index === 0,
      }),
    ),
  )
}

/** A caption in the form in which it is stored. Throws MEDIA_CAPTION_TOO_LONG and as `formatInput`. */
export async function formatCaption(
  ctx: Context,
  by: Actor,
  text: string,
  entities: readonly T.MessageEntity[] | undefined,
): Promise<FormattedText> {
  if (characters(text) > MESSAGE_LENGTH) throw rpcError('MEDIA_CAPTION_TOO_LONG')
  const caption = await formatInput(ctx, by, text, entities)
  if (characters(caption.text) > CAPTION_LENGTH) throw rpcError('MEDIA_CAPTION_TOO_LONG')
  return caption
}

/**
 * Whether media is a link and no more, of which no preview is made and need not be: the text has it. Throws
 * WEBPAGE_NOT_FOUND where a preview is wanted. https://core.telegram.org/constructor/inputMediaWebPage
 */
export function isLinkAlone(input: T.InputMedia): boolean {
  if (input._ !== 'inputMediaWebPage') return false
  if (!input.optional) throw rpcError('WEBPAGE_NOT_FOUND')
  return true
}

/** Media in the form in which it is stored. */
export function packed(media: T.MessageMedia): Packed {
  return { media: pack(media, 'MessageMedia'), mediaKind: mediaKind(media) ?? null }
}

/** A repeated send is answered with the first one: what it carries is not made again. */
async function hasSent(ctx: Context, by: Actor, randomIds: readonly bigint[]): Promise<boolean> {
  return (await readSent(ctx.db, by.userId, by.userId, randomIds)).length === randomIds.length
}

/** Whether somebody takes voice and round messages from the actor. Throws VOICE_MESSAGES_FORBIDDEN. */
async function checkVoice(ctx: Context, by: Actor, toId: UserId): Promise<void> {
  const open = await openKeys(ctx, toId, by.userId, ['privacyKeyVoiceMessages'])
  if (open.size === 0) throw rpcError('VOICE_MESSAGES_FORBIDDEN')
}

/** What goes into an album has been uploaded before, and is all pictures, all files or all music. */
async function makeAlbum(ctx: Context, by: Actor, items: readonly T.InputSingleMedia[]): Promise<Packed[]> {
  const made: Packed[] = []
  for (const [place, { media }] of items.entries()) {
    if (media._ !== 'inputMediaPhoto' && media._ !== 'inputMediaDocument') throw rpcError('MEDIA_INVALID')
    try {
      made.push(packed(await makeFileMedia(ctx, by, media, OF_OTHERS)))
    } catch (error) {
      throw ofPlace(error, place)
    }
  }
  const kinds = new Set(made.map((each) => each.mediaKind && albumKind(each.mediaKind)))
  if (kinds.size > 1 || (items.length > 1 && kinds.has(undefined))) throw rpcError('MEDIA_INVALID')
  return made
}

/** An error of a file reference says in an album which one is meant. */
function ofPlace(error: unknown, place: number): unknown {
  const name = error instanceof RpcError && IN_ALBUMS[error.name_]
  return name ? rpcError(name, place) : error
}

const IN_ALBUMS: Partial<Record<ErrorName, ErrorName>> = {
  FILE_REFERENCE_EMPTY: 'FILE_REFERENCE_%d_EMPTY',
  FILE_REFERENCE_EXPIRED: 'FILE_REFERENCE_%d_EXPIRED',
  FILE_REFERENCE_INVALID: 'FILE_REFERENCE_%d_INVALID',
}

/** A message with its caption, as `composed`, and what it carries. */
function withMedia(
  ctx: Context,
  by: Actor,
  toId: UserId,
  input: Pick<SendMedia, 'randomId' | 'isSilent' | 'noforwards' | 'clearDraft' | 'invertMedia'> & {
    readonly formatted: FormattedText
    readonly reply: Reply | undefined
    /** Undefined when the message was sent before. */
    readonly media: Packed | undefined
    readonly groupedId: bigint | null
  },
): Outgoing {
  const { media, invertMedia, groupedId } = input
  const message = composed(ctx, by, toId, input)
  return {
    ...message,
    flags:
      message.flags | (invertMedia ? MessageFlag.invertMedia : 0) | unplayedFlag(media?.mediaKind, by, toId),
    media: media?.media ?? null,
    mediaKind: media?.mediaKind ?? null,
    groupedId,
  }
}

/** A voice or round message waits to be played, but in Saved Messages. */
export function unplayedFlag(kind: MediaKind | null | undefined, by: Actor, toId: UserId): number {
  return isPlayed(kind) && toId !== by.userId ? MessageFlag.mediaUnread : 0
}
