import type { Actor, Context } from '../../context.ts'
import { minuteText } from '../../lib/dates.ts'
import type { UserId } from '../../lib/ids.ts'
import { tl } from '../../tl/factories.ts'
import { findDevice } from '../auth/device-store.ts'
import { softwareOf } from '../auth/notices.ts'
import { sendServiceMessage } from '../messages/service.ts'
import type { Changed } from './change.ts'

const TITLES: Readonly<Record<Changed, string>> = {
  enabled: 'Two-step verification enabled.',
  changed: 'Password changed.',
  disabled: 'Two-step verification disabled.',
  email: 'Recovery address changed.',
}

/** Tells somebody of a change of two-step verification, and by which of the sessions it was made. */
export async function announceChange(ctx: Context, by: Actor, changed: Changed): Promise<void> {
  const device = await findDevice(ctx.db, by.keyId)
  await announce(
    ctx,
    by.userId,
    TITLES[changed],
    ` This was done on ${softwareOf(device) || 'an unknown device'}.\n\n` +
      'If this was not you, terminate that session in Settings > Devices.',
  )
}

/** Tells somebody that the password was taken away by a code that was sent to the recovery address. */
export async function announceRecovery(ctx: Context, userId: UserId): Promise<void> {
  await announce(
    ctx,
    userId,
    'Password recovered.',
    ' Somebody used a code that was sent to your recovery address.\n\n' +
      'If this was not you, look at Settings > Devices and set a new password.',
  )
}

/** Tells somebody that the password is to be taken away. */
export async function announceReset(ctx: Context, userId: UserId, atSec: number): Promise<void> {
  await announce(
    ctx,
    userId,
    'Password reset.',
    ` One of your sessions asked to take your password away. That can be done from ${minuteText(atSec)} UTC on.\n\n` +
      'If this was not you, cancel it in Settings > Privacy and Security > Two-Step Verification.',
  )
}

async function announce(ctx: Context, userId: UserId, title: string, text: string): Promise<void> {
  const bold = tl.messageEntityBold({ offset: 0, length: title.length })
  await sendServiceMessage(ctx, userId, title + text, [bold])
}
