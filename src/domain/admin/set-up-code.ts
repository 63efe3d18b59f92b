import type { Context } from '../../context.ts'
import { isSame } from '../web/secrets.ts'
import type { Admin } from './admin-store.ts'

const LENGTH = 10
/** 32 characters that nobody takes for one another, so that each random byte is one of them without preferring any. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/**
 * What an administrator needs, beside the code from the chat, to set up the second factor. Whoever may appoint administrators
 * sees it and hands it over by another way: a thief of a phone number gets what comes into the chat, and until then there is
 * nothing else to stop one. It is another one after each second factor.
 */
export function setUpCode(ctx: Context, admin: Admin): string {
  const purpose = `console set-up ${admin.userId} ${admin.appointedAt} ${admin.lastStep}`
  const code = Array.from(ctx.secrets.derive(purpose, LENGTH), (byte) => ALPHABET[byte & 31]).join('')
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`
}

/** Whether somebody typed it, in whatever way people write such things. */
export function isSetUpCode(ctx: Context, admin: Admin, typed: string): boolean {
  const bare = (code: string): string => code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')
  return isSame(bare(typed), bare(setUpCode(ctx, admin)))
}
