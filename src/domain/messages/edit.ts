import type { Actor, Context } from '../../context.ts'
import type { MessageId, PeerId, UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { Kind, type LogRow } from '../../updates/log.ts'
import { mayHoldCode } from '../auth/shared-codes.ts'
import { keepCodes } from './deliver.ts'
import { EDIT_TIME_SEC } from './limits.ts'
import { packAll } from './packed.ts'
import type { MessageRow } from './rows.ts'
import { formatInput } from './send.ts'
import { lockBoxes, readMessage, updateText } from './store.ts'
import { urlFlag } from './text.ts'

/** A new text for a message. */
export interface EditMessage {
  readonly peerId: PeerId
  readonly id: MessageId
  /** Undefined when only what surrounds the text was to change. */
  readonly text: string | undefined
  readonly entities: readonly T.MessageEntity[] | undefined
}

/** An edited message as its author has it, and the log row that tells of it. */
export interface Edited {
  readonly row: MessageRow
  readonly logRow: LogRow
}

/**
 * Changes the text of one's own message for everybody who still has it. Throws MESSAGE_ID_INVALID,
 * MESSAGE_AUTHOR_REQUIRED, MESSAGE_EDIT_TIME_EXPIRED, MESSAGE_EMPTY, MESSAGE_NOT_MODIFIED and what a text can be wrong
 * about. https://core.telegram.org/method/messages.editMessage
 */
export async function editMessage(ctx: Context, by: Actor, input: EditMessage): Promise<Edited> {
  const row = await readEditable(ctx, by, input.peerId, input.id)
  if (input.text === undefined) throw rpcError('MESSAGE_NOT_MODIFIED')
  const formatted = await formatInput(ctx, by, input.text, input.entities)
  if (formatted.text === '') throw rpcError('MESSAGE_EMPTY')
  if (mayHoldCode(formatted.text)) await keepCodes(ctx, by, [formatted.text])
  const entities = packAll(formatted.entities, 'MessageEntity')
  if (formatted.text === row.text && isSame(entities, row.entities)) throw rpcError('MESSAGE_NOT_MODIFIED')
  const boxIds = [by.userId, row.peerId as UserId]
  return await ctx.db.transaction(async (tx) => {
    await lockBoxes(tx, boxIds)
    const rows = await updateText(
      tx,
      { boxIds, fromId: by.userId, randomId: row.randomId },
      {
        text: formatted.text,
        entities,
        hasUrl: urlFlag(formatted.entities) !== 0,
        editDate: ctx.clock.nowSec(),
      },
    )
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

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return Buffer.compare(a, b) === 0
}
