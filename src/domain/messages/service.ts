import type { Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import { SERVICE_USER_ID, type UserId } from '../../lib/ids.ts'
import type * as T from '../../tl/schema.d.ts'
import { deliver, outgoing, type Delivered } from './deliver.ts'
import { packAll } from './packed.ts'
import { Sides } from './send-store.ts'
import { formatText, urlFlag } from './text.ts'

/**
 * Sends a message from the service account, such as the notice of a new login, or from another account of the server's
 * own. It is stored for the receiver alone: nobody reads the other side. Throws RANDOM_ID_DUPLICATE for the
 * `randomId` of one that was sent before.
 * https://core.telegram.org/api/auth#we-are-authorized
 */
export async function sendServiceMessage(
  ctx: Context,
  userId: UserId,
  text: string,
  entities: readonly T.MessageEntity[] = [],
  fromId: UserId = SERVICE_USER_ID,
  randomId: bigint = ctx.random.long(),
): Promise<Delivered> {
  const formatted = formatText(text, entities, () => undefined)
  const [sent] = await deliver(ctx, undefined, [
    outgoing({
      fromId,
      toId: userId,
      sides: Sides.other,
      randomId,
      flags: urlFlag(formatted.entities),
      text: formatted.text,
      entities: packAll(formatted.entities, 'MessageEntity'),
    }),
  ])
  return must(sent, 'one message was sent')
}
