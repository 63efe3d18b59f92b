import { Secret, TOTP } from 'otpauth'
import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { readSecond, takeStep } from './admin-store.ts'
import { TOTP_SECRET_BYTES, TOTP_STEP_SEC, TOTP_WINDOW } from './limits.ts'

/** One-time codes of an authenticator app: the second factor of administrators. https://www.rfc-editor.org/rfc/rfc6238 */

const ISSUER = 'Chappe'

/** A new secret, in base32 as authenticators take it. */
export function newSecret(ctx: Context): string {
  return new Secret({ buffer: Uint8Array.from(ctx.random.bytes(TOTP_SECRET_BYTES)).buffer }).base32
}

/** What an authenticator app reads from a QR code. */
export function secretUri(base32: string, label: string): string {
  return totpOf(base32, label).toString()
}

/** The time step to which a typed code belongs; undefined when it is no code of now. */
export function stepOf(base32: string, typed: string, nowMs: number): number | undefined {
  const token = typed.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const delta = totpOf(base32, '').validate({ token, timestamp: nowMs, window: TOTP_WINDOW })
  return delta === null ? undefined : Math.floor(nowMs / 1000 / TOTP_STEP_SEC) + delta
}

/** Whether somebody typed the code of their authenticator. Each is taken once. */
export async function proveSecond(ctx: Context, userId: UserId, typed: string): Promise<boolean> {
  const sealed = await readSecond(ctx.db, userId)
  if (!sealed) return false
  const base32 = Buffer.from(ctx.secrets.open(sealed)).toString()
  const step = stepOf(base32, typed, ctx.clock.nowMs())
  return step !== undefined && (await ctx.db.single((tx) => takeStep(tx, userId, step)))
}

function totpOf(base32: string, label: string): TOTP {
  return new TOTP({ issuer: ISSUER, label, secret: base32, period: TOTP_STEP_SEC })
}
