import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { findByPhone } from '../accounts/store.ts'
import { sendServiceMessage } from '../messages/service.ts'
import type { DeviceText } from './device-store.ts'

/** A text with parts set apart, as it is put together. */
class Notice {
  text = ''
  readonly entities: T.MessageEntity[] = []

  add(part: string): this {
    this.text += part
    return this
  }

  bold(part: string): this {
    this.entities.push(tl.messageEntityBold({ offset: this.text.length, length: part.length }))
    return this.add(part)
  }
}

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
  const software = [device?.appVersion, device?.deviceModel, device?.systemVersion].filter(Boolean).join(', ')
  const notice = new Notice()
    .bold('New login.')
    .add(
      ` Dear ${login.firstName}, we detected a login into your account from a new device on ${when} UTC.\n\n`,
    )
    .bold('Device:')
    .add(` ${software || 'unknown'}\n`)
    .bold('Address:')
    .add(` ${login.ip || 'unknown'}\n\n`)
    .add('If this was not you, terminate that session in Settings > Devices.')
  await sendServiceMessage(ctx, userId, notice.text, notice.entities)
}
