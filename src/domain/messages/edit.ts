import type { Actor, Context } from '../../context.ts'
import type { MessageId, PeerId, UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { Kind, type LogRow } from '../../updates/log.ts'
import { MessageFlag } from '../../views/message.ts'
import { mayHoldCode } from '../auth/shared-codes.ts'
import { albumKind, hasCaption, MediaKind } from '../media/kinds.ts'
import { isFile, makeFileMedia, OF_EDITING } from '../media/make.ts'
import { keepCodes } from './deliver.ts'
import { EDIT_TIME_SEC } from './limits.ts'
import { packAll } from './packed.ts'
import type { MessageRow } from './rows.ts'
import { formatCaption, isLinkAlone, packed } from './send-media.ts'
import { formatInput } from './send.ts'
import { lockBoxes, readMessage, updateContent, type Content } from './store.ts'
import { urlFlag } from './text.ts'

/** New content for a message. */
export interface EditMessage {
  readonly peerId: PeerId
  readonly id: MessageId
  /** Undefined when the text stays. */
  readonly text: string | undefined
  readonly entities: readonly T.MessageEntity[] | undefined
  /** Undefined when the media stays, or there is none. */
  readonly media: T.InputMedia | undefined
  /** Whether the caption stands above the media. */
  readonly invertMedia: boolean
}

/** An edited message as its author has it, and the log row that tells of it. */
export interface Edited {
  readonly row: MessageRow
  readonly logRow: LogRow
}

/**
 * Changes the text, the caption or the media of one's own message for everybody who still has it. Throws
 * MESSAGE_ID_INVALID, MESSAGE_AUTHOR_REQUIRED, MESSAGE_EDIT_TIME_EXPIRED, MESSAGE_EMPTY, MESSAGE_NOT_MODIFIED,
 * MEDIA_CAPTION_TOO_LONG, MEDIA_PREV_INVALID, MEDIA_NEW_INVALID, MEDIA_GROUPED_INVALID and what text and media can be wrong
 * about. https://core.telegram.org/method/messages.editMessage
 */
export async function editMessage(ctx: Context, by: Actor, input: EditMessage): Promise<Edited> {
  const row = await readEditable(ctx, by, input.peerId, input.id)
  const content = await newContent(ctx, by, row, input)
  if (isSame(row, content)) throw rpcError('MESSAGE_NOT_MODIFIED')
  if (mayHoldCode(content.text)) await keepCodes(ctx, by, [content.text])
  const boxIds = [by.userId, row.peerId as UserId]
  return await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, boxIds)
    const key = { boxIds, fromId: by.userId, randomId: row.randomId }
    const rows = await updateContent(tx, key, content, ctx.clock.nowSec())
    const own = rows.find((edited) => edited.boxId === by.userId)
    if (!own) throw rpcError('MESSAGE_ID_INVALID')
    const entries = rows.map((edited) => ({
      boxId: edited.boxId,
      kind: Kind.editMessage,
      count: 1,
      peerId: edited.peerId,
      messageId: edited.id,
    }))
    const logRows = await ctx.updates.append(tx, entries)
    ctx.updates.announce(tx, logRows, by, rows)
    const logRow = logRows.find((logged) => logged.boxId === by.userId)
    if (!logRow) throw rpcError('MESSAGE_ID_INVALID')
    return { row: own, logRow }
  })
}

/**
 * A message that the actor may edit. Throws MESSAGE_ID_INVALID, MESSAGE_AUTHOR_REQUIRED, MESSAGE_EDIT_TIME_EXPIRED.
 * In Saved Messages, notes can be edited at any time. https://core.telegram.org/api/config#message-editing
 */
export async function readEditable(
  ctx: Context,
  by: Actor,
  peerId: PeerId,
  id: MessageId,
): Promise<MessageRow> {
  const row = await readMessage(ctx.db, by.userId, id)
  if (!row || row.peerId !== peerId || row.action) throw rpcError('MESSAGE_ID_INVALID')
  if (row.fromId !== by.userId || row.forward) throw rpcError('MESSAGE_AUTHOR_REQUIRED')
  const isSaved = peerId === by.userId
  if (!isSaved && ctx.clock.nowSec() - row.date > EDIT_TIME_SEC) throw rpcError('MESSAGE_EDIT_TIME_EXPIRED')
  return row
}

/** What the message is to be; what the request does not name stays as it is. */
async function newContent(ctx: Context, by: Actor, row: MessageRow, input: EditMessage): Promise<Content> {
  const newMedia = input.media && !isLinkAlone(input.media) ? input.media : undefined
  if (input.text === undefined && !newMedia) throw rpcError('MESSAGE_NOT_MODIFIED')
  if (!newMedia && row.mediaKind !== null && !hasCaption(row.mediaKind)) throw rpcError('MEDIA_PREV_INVALID')
  const media = newMedia ? await replacement(ctx, by, row, newMedia) : row
  const flags = input.invertMedia ? MessageFlag.invertMedia : 0
  const { mediaKind } = media
  if (input.text === undefined) {
    return {
      text: row.text,
      entities: row.entities,
      media: media.media,
      mediaKind,
      flags: flags | (row.flags & MessageFlag.hasUrl),
    }
  }
  const format = media.media ? formatCaption : formatInput
  const formatted = await format(ctx, by, input.text, input.entities)
  if (formatted.text === '' && !media.media) throw rpcError('MESSAGE_EMPTY')
  return {
    text: formatted.text,
    entities: packAll(formatted.entities, 'MessageEntity'),
    media: media.media,
    mediaKind,
    flags: flags | urlFlag(formatted.entities),
  }
}

/** What may take the place of other media, or of none. */
const REPLACEABLE: ReadonlySet<MediaKind> = new Set([
  MediaKind.photo,
  MediaKind.video,
  MediaKind.animation,
  MediaKind.document,
  MediaKind.music,
])

async function replacement(
  ctx: Context,
  by: Actor,
  row: MessageRow,
  input: T.InputMedia,
): Promise<Pick<Content, 'media' | 'mediaKind'>> {
  if (row.media && (row.mediaKind === null || !REPLACEABLE.has(row.mediaKind)))
    throw rpcError('MEDIA_PREV_INVALID')
  if (!isFile(input)) throw rpcError(input._ === 'inputMediaEmpty' ? 'MEDIA_EMPTY' : 'MEDIA_NEW_INVALID')
  const media = packed(await makeFileMedia(ctx, by, input, OF_EDITING))
  if (media.mediaKind === null || !REPLACEABLE.has(media.mediaKind)) throw rpcError('MEDIA_NEW_INVALID')
  // What stands in an album stays something that may stand there.
  const isInPlace =
    row.groupedId === null ||
    (row.mediaKind !== null && albumKind(row.mediaKind) === albumKind(media.mediaKind))
  if (!isInPlace) throw rpcError('MEDIA_GROUPED_INVALID')
  return media
}

function isSame(row: MessageRow, content: Content): boolean {
  return (
    content.text === row.text &&
    areEqual(content.entities, row.entities) &&
    areEqual(content.media, row.media) &&
    (row.media === null ||
      (content.flags & MessageFlag.invertMedia) === (row.flags & MessageFlag.invertMedia))
  )
}

function areEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return Buffer.compare(a, b) === 0
}
