import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { findByPhone } from '../accounts/store.ts'
import { placeText } from '../geo/place.ts'
import { sendServiceMessage } from '../messages/service.ts'
import type { Purpose } from './code-store.ts'
import type { DeviceText } from './device-store.ts'
import { isMailed } from './mail.ts'
import { Notice } from './notice.ts'

/** Sends a login code into the chat with the service account. https://core.telegram.org/api/auth */
export async function announceCode(ctx: Context, phone: string, code: string): Promise<void> {
  const userId = await findByPhone(ctx.db, phone)
  if (userId === undefined) return
  const notice = new Notice()
    .bold('Login code:')
    .add(` ${code}. Do `)
    .bold('not')
    .add(' give this code to anyone, even if they say that they run this server!\n\n')
    .add('If you did not ask for it by trying to log in on another device, simply ignore this message.')
  await sendServiceMessage(ctx, userId, notice.text, notice.entities)
}

/** Tells a user of a login on a new device. */
export async function announceLogin(
  ctx: Context,
  userId: UserId,
  login: { readonly firstName: string; readonly device: DeviceText | undefined; readonly ip: string },
): Promise<void> {
  const { device } = login
  const when = new Date(ctx.clock.nowMs()).toISOString().replace('T', ' at ').slice(0, 22)
  const notice = new Notice()
    .bold('New login.')
    .add(
      ` Dear ${login.firstName}, we detected a login into your account from a new device on ${when} UTC.\n\n`,
    )
    .bold('Device:')
    .add(` ${softwareOf(device) || 'unknown'}\n`)
    .bold('Location:')
    .add(` ${await placeText(ctx, login.ip)}\n\n`)
    .add('If this was not you, terminate that session in Settings > Devices.')
  await sendServiceMessage(ctx, userId, notice.text, notice.entities)
}

/** The app, and on what it runs; '' when nothing is known of that. */
export function softwareOf(device: DeviceText | undefined): string {
  return [device?.appVersion, device?.deviceModel, device?.systemVersion].filter(Boolean).join(', ')
}

const SMS: Readonly<Record<Purpose, (code: string) => string>> = {
  login: (code) =>
    `Login code: ${code}. Do not give this code to anyone, even if they say that they run this server!`,
  change: (code) => `Code: ${code}. It moves an account to this number. Do not give it to anyone!`,
  confirm: (code) => `Code: ${code}. It keeps your account from being deleted. Do not give it to anyone!`,
  verify: (code) => `Code: ${code}. It confirms that this number is yours. Do not give it to anyone!`,
}

/**
 * What an SMS with a code says. An app for Android finds its own by a hash of the app on the last line.
 * https://developers.google.com/identity/sms-retriever/verify
 */
export function codeText(code: string, purpose: Purpose, appHash: string | undefined): string {
  const text = SMS[purpose](code)
  return appHash === undefined ? text : `${text}\n${appHash}`
}

/** Sends a login code to the login e-mail. False when it could not be sent. */
export async function mailCode(ctx: Context, to: string, code: string): Promise<boolean> {
  return await isMailed(ctx, {
    to,
    code,
    subject: `Login code: ${code}`,
    text:
      `Your login code is ${code}. Do not give this code to anyone, even if they say that they run this server!\n\n` +
      'If you did not ask for it by trying to log in, simply ignore this letter.\n',
  })
}

/** Sends the code that verifies an address. False when it could not be sent. */
export async function mailVerification(ctx: Context, to: string, code: string): Promise<boolean> {
  return await isMailed(ctx, {
    to,
    code,
    subject: `Your code: ${code}`,
    text: `Enter the code ${code} to confirm that this address is yours.\n\nIf you did not ask for it, simply ignore this letter.\n`,
  })
}

/** Tells a user that login codes come to another address from now on. */
export async function announceLoginEmail(ctx: Context, userId: UserId, pattern: string): Promise<void> {
  const notice = new Notice()
    .bold('Login e-mail.')
    .add(` Your login codes are sent to ${pattern} from now on.\n\n`)
    .add('If this was not you, terminate unknown sessions in Settings > Devices and set your own address.')
  await sendServiceMessage(ctx, userId, notice.text, notice.entities)
}

/** Tells a user that somebody who has the number cannot get at the login e-mail. */
export async function announceEmailReset(ctx: Context, userId: UserId, resetAt: number): Promise<void> {
  const when = new Date(resetAt * 1000).toISOString().replace('T', ' at ').slice(0, 19)
  const notice = new Notice()
    .bold('Login e-mail.')
    .add(` Somebody who tried to log in asked to have your login e-mail removed. It goes on ${when} UTC.\n\n`)
    .add('If this was not you, log in with a code from that address, or set the address again, and it stays.')
  await sendServiceMessage(ctx, userId, notice.text, notice.entities)
}
