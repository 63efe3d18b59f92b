import type { Context } from '../context.ts'
import { adminToken } from '../domain/admin/sign-in.ts'
import { isSame } from '../domain/web/secrets.ts'

/** Whether `authorization`, the header of a request, has the token from the server's start. */
export function isAdmin(ctx: Context, authorization: string | undefined): boolean {
  return isSame(authorization ?? '', `Bearer ${adminToken(ctx)}`)
}
