import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { BoxId, PeerId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { RpcError, rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { Kind, type LogEntry } from '../../updates/log.ts'
import { peerView } from '../../views/peer.ts'
import { pack, unpack } from '../messages/packed.ts'
import { formatInput } from '../messages/send.ts'
import { lockBoxes } from '../messages/store.ts'
import type { FormattedText } from '../messages/text.ts'
import { DRAFTS } from './limits.ts'
import { deleteDrafts, readDialog, readDrafts, upsertDraft, type DialogRow } from './store.ts'

/** What stands in the input field of a chat. */
export interface SaveDraft {
  readonly peerId: PeerId
  readonly text: string
  readonly entities: readonly T.MessageEntity[] | undefined
  readonly replyTo: T.InputReplyTo | undefined
  readonly noWebpage: boolean
  readonly invertMedia: boolean
}

/**
 * Keeps a draft for all devices of the actor; an empty one clears it. https://core.telegram.org/api/drafts
 */
export async function saveDraft(ctx: Context, by: Actor, input: SaveDraft): Promise<void> {
  const date = ctx.clock.nowSec()
  const formatted = await formatDraft(ctx, by, input)
  const isEmpty = formatted.text === '' && input.replyTo === undefined
  const draft = isEmpty
    ? undefined
    : tl.draftMessage({
        noWebpage: input.noWebpage,
        invertMedia: input.invertMedia,
        replyTo: input.replyTo,
        message: formatted.text,
        entities: formatted.entities.length > 0 ? [...formatted.entities] : undefined,
        date,
      })
  await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [by.userId])
    const before = await readDialog(tx, by.userId, input.peerId)
    if (isSameDraft(unpack(before?.draft ?? null) as T.DraftMessage | undefined, draft)) return
    const packed = draft ? pack(draft, 'DraftMessage') : null
    await upsertDraft(tx, { boxId: by.userId, peerId: input.peerId }, packed, date)
    const now = draft ?? tl.draftMessageEmpty({ date })
    await ctx.updates.record(tx, [draftEntry(by.userId, input.peerId, now)], by)
  })
}

/** A draft may not be longer than a message; the method documents no error of its own for that. */
async function formatDraft(ctx: Context, by: Actor, input: SaveDraft): Promise<FormattedText> {
  try {
    return await formatInput(ctx, by, input.text, input.entities)
  } catch (error) {
    if (error instanceof RpcError && error.name_ !== 'ENTITY_BOUNDS_INVALID') throw rpcError('LIMIT_INVALID')
    throw error
  }
}

/** Whether two drafts say the same, whenever they were saved. */
function isSameDraft(a: T.DraftMessage | undefined, b: T.draftMessage | undefined): boolean {
  if (!a || !b) return !a && !b
  if (a._ !== 'draftMessage') return false
  const [left, right] = [a, b].map((draft) => pack({ ...draft, date: 0 }, 'DraftMessage'))
  return Buffer.compare(must(left, 'packed'), must(right, 'packed')) === 0
}

/** All drafts as the updates that would have told of them. https://core.telegram.org/method/messages.getAllDrafts */
export async function getAllDrafts(ctx: Context, by: Actor): Promise<T.updateDraftMessage[]> {
  const rows = await readDrafts(ctx.db, by.userId, DRAFTS)
  return rows.map((row) => draftUpdate(row.peerId, must(draftOf(row), 'a draft was read')))
}

/** Clears all drafts on all devices. https://core.telegram.org/method/messages.clearAllDrafts */
export async function clearAllDrafts(ctx: Context, by: Actor): Promise<void> {
  const date = ctx.clock.nowSec()
  await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, [by.userId])
    const peerIds = await deleteDrafts(tx, by.userId, date)
    const entries = peerIds.map((peerId) => draftEntry(by.userId, peerId, tl.draftMessageEmpty({ date })))
    await ctx.updates.record(tx, entries, by)
  })
}

/** The draft of a dialog; one that was cleared says when. */
export function draftOf(row: DialogRow): T.DraftMessage | undefined {
  if (row.draft !== null) return unpack(row.draft) as T.DraftMessage | undefined
  return row.draftDate > 0 ? tl.draftMessageEmpty({ date: row.draftDate }) : undefined
}

function draftUpdate(peerId: PeerId, draft: T.DraftMessage): T.updateDraftMessage {
  return tl.updateDraftMessage({ peer: peerView(peerId), draft })
}

/** Tells what stands in the input field of a chat now. https://core.telegram.org/constructor/updateDraftMessage */
export function draftEntry(boxId: BoxId, peerId: PeerId, draft: T.DraftMessage): LogEntry {
  return { boxId, kind: Kind.other, count: 0, data: pack(draftUpdate(peerId, draft), 'Update') }
}
