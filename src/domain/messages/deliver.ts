import type { Actor, Context } from '../../context.ts'
import { assert, must } from '../../lib/assert.ts'
import { SERVICE_USER_ID, type UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { Kind, type LogRow } from '../../updates/log.ts'
import { mayHoldCode, sharedCodeNotice, voidSharedCodes } from '../auth/shared-codes.ts'
import { leaveArchive } from '../dialogs/folders.ts'
import { packAll } from './packed.ts'
import type { MessageRow } from './rows.ts'
import type { Written } from './send-queue.ts'
import { isSentTwice, Sides, type Outgoing, type Placed } from './send-store.ts'
import { readSent, readSentPts } from './store.ts'

/** A message as its sender has it now, and the log row that tells of it. */
export interface Delivered {
  readonly row: MessageRow
  readonly logRow: LogRow
}

/**
 * Stores messages of one sender and tells everybody concerned. A message that was sent before under the same random id
 * is not sent again: the first one is returned in its place. Throws RANDOM_ID_DUPLICATE where that is impossible.
 * `date` is given only for a message that takes another one's place in the list of dialogs.
 */
export async function deliver(
  ctx: Context,
  by: Actor | undefined,
  batch: readonly Outgoing[],
  date?: number,
): Promise<Delivered[]> {
  const suspects = by ? batch.filter((message) => mayHoldCode(message.text)) : []
  if (by && suspects.length > 0)
    await keepCodes(
      ctx,
      by,
      suspects.map((message) => message.text),
    )
  let written: Written
  try {
    const announce = (tx: Tx, part: Written): void => announceAll(ctx, tx, by, part)
    written = await ctx.sends.write(batch, { by, announce, date })
  } catch (error) {
    if (!isSentTwice(error)) throw error
    // Nothing of the batch was stored. Of one message the first sending has been committed meanwhile.
    if (batch.length > 1) return await deliverOneByOne(ctx, by, batch, date)
    written = { date: 0, batch, placed: [] }
  }
  for (const place of written.placed) {
    if (place.folderId !== 0 && place.boxId !== batch[place.index]?.fromId) {
      await leaveArchive(ctx, place.boxId as UserId, place.peerId)
    }
  }
  const fresh = senderSide(written)
  return await Promise.all(
    batch.map(async (message, index) => fresh.get(index) ?? (await findDelivered(ctx, message))),
  )
}

/** Makes void the login codes that somebody gives away in texts, and says so in the chat with the service account. */
export async function keepCodes(ctx: Context, by: Actor, texts: readonly string[]): Promise<void> {
  if (!(await voidSharedCodes(ctx, by, texts))) return
  const { text, entities } = sharedCodeNotice()
  await deliver(ctx, undefined, [
    outgoing({
      fromId: SERVICE_USER_ID,
      toId: by.userId,
      sides: Sides.other,
      randomId: ctx.random.long(),
      text,
      entities: packAll(entities, 'MessageEntity'),
    }),
  ])
}

async function deliverOneByOne(
  ctx: Context,
  by: Actor | undefined,
  batch: readonly Outgoing[],
  date: number | undefined,
): Promise<Delivered[]> {
  const delivered: Delivered[] = []
  for (const message of batch) delivered.push(...(await deliver(ctx, by, [message], date)))
  return delivered
}

/** Doorbells: the message rows, and the drafts that went with them. */
function announceAll(ctx: Context, tx: Tx, by: Actor | undefined, written: Written): void {
  const inHand: MessageRow[] = []
  const logRows: LogRow[] = []
  for (const place of written.placed) {
    const message = must(written.batch[place.index], 'a placed message is one of the batch')
    inHand.push(messageRow(message, place, written.date))
    logRows.push(logRow(place, written.date))
    if (place.draftSeq !== null) logRows.push(draftRow(message, place, written.date))
  }
  ctx.updates.announce(tx, logRows, by, inHand)
}

/** What each message became on the side that sent it, or on the only side there is. */
function senderSide(written: Written): Map<number, Delivered> {
  const sides = new Map<number, Delivered>()
  for (const place of written.placed) {
    const message = must(written.batch[place.index], 'a placed message is one of the batch')
    if (place.boxId !== message.fromId && message.sides !== Sides.other) continue
    sides.set(place.index, {
      row: messageRow(message, place, written.date),
      logRow: logRow(place, written.date),
    })
  }
  const expected = new Set(written.placed.map((place) => place.index))
  assert(expected.size === sides.size, 'every sender has a box')
  return sides
}

async function findDelivered(ctx: Context, message: Outgoing): Promise<Delivered> {
  const [row] = await readSent(ctx.db, message.fromId, message.fromId, [message.randomId])
  // Sent before to somebody else, or deleted by the sender alone: there is no first message to answer with.
  if (!row || row.peerId !== message.toId) throw rpcError('RANDOM_ID_DUPLICATE')
  const pts = (await readSentPts(ctx.db, row.boxId, row.id)) ?? 0
  const logRow = {
    boxId: row.boxId,
    kind: Kind.newMessage,
    count: 1,
    pts,
    seq: 0,
    qts: 0,
    date: row.date,
    peerId: row.peerId,
    messageId: row.id,
  }
  return { row, logRow }
}

function messageRow(message: Outgoing, place: Placed, date: number): MessageRow {
  return {
    boxId: place.boxId,
    id: place.id,
    peerId: place.peerId,
    fromId: message.fromId,
    randomId: message.randomId,
    date,
    editDate: null,
    flags: message.flags,
    replyToId: place.replyToId,
    text: message.text,
    entities: message.entities,
    reply: message.reply,
    forward: message.forward,
    media: message.media,
    mediaKind: message.mediaKind,
    groupedId: message.groupedId,
    action: message.action,
    replyMarkup: null,
  }
}

function logRow(place: Placed, date: number): LogRow {
  return {
    boxId: place.boxId,
    kind: Kind.newMessage,
    count: 1,
    pts: place.pts,
    seq: 0,
    qts: 0,
    date,
    peerId: place.peerId,
    messageId: place.id,
  }
}

function draftRow(message: Outgoing, place: Placed, date: number): LogRow {
  return {
    boxId: place.boxId,
    kind: Kind.other,
    count: 0,
    pts: place.pts,
    seq: must(place.draftSeq ?? undefined, 'a cleared draft takes a seq'),
    qts: 0,
    date,
    data: must(message.draftCleared ?? undefined, 'a draft is cleared by an update'),
  }
}

/** A plain text message, to be completed by what is special about it. */
export function outgoing(
  message: Pick<Outgoing, 'fromId' | 'toId' | 'randomId'> & Partial<Outgoing>,
): Outgoing {
  return {
    sides: Sides.both,
    flags: 0,
    replyOwnId: null,
    replyOtherId: null,
    text: '',
    entities: null,
    reply: null,
    forward: null,
    media: null,
    mediaKind: null,
    groupedId: null,
    action: null,
    draftCleared: null,
    ...message,
  }
}
