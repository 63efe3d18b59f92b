import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from '../../context.ts'
import { CODE_LENGTH } from './limits.ts'

const TOKEN_BYTES = 32
/** 64 characters, so that each random byte is one of them without preferring any. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'

/** A secret for a cookie. */
export function newToken(ctx: Context): string {
  return Buffer.from(ctx.random.bytes(TOKEN_BYTES)).toString('base64url')
}

/** A code for a page, as it comes into the chat with the service account. */
export function newPageCode(ctx: Context): string {
  return Array.from(ctx.random.bytes(CODE_LENGTH), (byte) => ALPHABET[byte & 63]).join('')
}

/** What is kept of a secret, so that who reads the database cannot use it. Tokens are random, and need no salt. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Whether two secrets are the same; it takes as long either way. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}
