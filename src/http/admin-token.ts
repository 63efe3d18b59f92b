import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from '../context.ts'

const TOKEN_BYTES = 24

/** What whoever runs the server proves to be so with: the same after each start, so that a page opened with it stays open. */
export function adminToken(ctx: Pick<Context, 'secrets'>): string {
  return Buffer.from(ctx.secrets.derive('admin token', TOKEN_BYTES)).toString('base64url')
}

/** Whether `authorization`, the header of a request, has the token. */
export function isAdmin(ctx: Pick<Context, 'secrets'>, authorization: string | undefined): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${adminToken(ctx)}`))
}
