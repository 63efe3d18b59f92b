import type { Actor, Context } from '../../context.ts'
import { rpcError, type ErrorName } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { checkFileAccess } from '../files/access.ts'
import { readFile } from '../files/files.ts'

/** A photo that the actor was shown, as it is stored. Throws MEDIA_EMPTY, MEDIA_INVALID and as `checkFileAccess`. */
export async function givenPhoto(ctx: Context, by: Actor, input: T.InputPhoto): Promise<T.photo> {
  if (input._ === 'inputPhotoEmpty') throw rpcError('MEDIA_EMPTY')
  checkFileAccess(ctx, by.userId, input, 'MEDIA_INVALID')
  const facts = (await readFile(ctx.db, input.id))?.facts
  if (facts?._ !== 'photo') throw rpcError('MEDIA_INVALID')
  return facts
}

/** A document that the actor was shown, as it is stored. Throws MEDIA_EMPTY, `unknown` and as `checkFileAccess`. */
export async function givenDocument(
  ctx: Context,
  by: Actor,
  input: T.InputDocument,
  unknown: ErrorName,
): Promise<T.document> {
  if (input._ === 'inputDocumentEmpty') throw rpcError('MEDIA_EMPTY')
  checkFileAccess(ctx, by.userId, input, unknown)
  const facts = (await readFile(ctx.db, input.id))?.facts
  if (facts?._ !== 'document') throw rpcError(unknown)
  return facts
}
