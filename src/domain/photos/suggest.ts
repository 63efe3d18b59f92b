import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { RpcError, rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { readRelation } from '../contacts/store.ts'
import { putPhoto } from '../files/photos.ts'
import { deliver, outgoing } from '../messages/deliver.ts'
import { pack } from '../messages/packed.ts'
import { checkRecipient } from '../messages/send.ts'
import { makeProfileFile } from './make.ts'

/** Why somebody cannot be written to, which the method says in one word. */
const UNREACHABLE = new Set(['INPUT_USER_DEACTIVATED', 'YOU_BLOCKED_USER', 'USER_IS_BLOCKED', 'USER_IS_BOT'])

/**
 * Suggests a photo to a contact, in a message that the actor's own session is pushed as well, since its answer does not tell
 * of it. Throws CONTACT_MISSING, USER_ID_INVALID, PEER_FLOOD, and what `makeProfileFile` throws.
 * https://core.telegram.org/constructor/messageActionSuggestProfilePhoto
 */
export async function suggestPhoto(
  ctx: Context,
  by: Actor,
  input: { readonly userId: UserId; readonly file: T.InputFile },
): Promise<T.photo> {
  const { isContact } = await readRelation(ctx.db, by.userId, input.userId)
  if (!isContact) throw rpcError('CONTACT_MISSING')
  const toId = await checkRecipient(ctx, by, input.userId).catch((error: unknown) => {
    const isUnreachable = error instanceof RpcError && UNREACHABLE.has(error.name_)
    throw isUnreachable ? rpcError('USER_ID_INVALID') : error
  })
  const made = await makeProfileFile(ctx, by, input.file)
  await ctx.db.transaction(async (tx) => await putPhoto(tx, by.userId, made))
  const action = tl.messageActionSuggestProfilePhoto({ photo: made.photo })
  const randomId = ctx.random.long()
  await deliver(ctx, undefined, [
    outgoing({ fromId: by.userId, toId, randomId, text: '', action: pack(action, 'MessageAction') }),
  ])
  return made.photo
}
