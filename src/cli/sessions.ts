import { findByPhone } from '../domain/accounts/store.ts'
import { sessionsOf, type SessionInfo } from '../domain/auth/devices.ts'
import { parsePhone } from '../domain/auth/phone.ts'
import { minuteText } from '../lib/dates.ts'
import { CommandError, parseCommand, print, type Command } from './command.ts'
import { withContext } from './with-context.ts'

const usage = `chappe sessions PHONE

Prints where the owner of a phone number is logged in, the latest active first: when that client was last there, since when
it is logged in, through which app (title, api_id, version), the layer that it speaks, its device, its address and country.

With --data DIR or --database URL as for \`chappe start\`.`

export const sessions: Command = {
  usage,
  async run(args) {
    const { words, config } = parseCommand(args, [])
    const [typed] = words
    if (words.length !== 1 || !typed) throw new CommandError('sessions PHONE')
    const phone = parsePhone(typed)
    const found = await withContext(config, async (ctx) => {
      const userId = await findByPhone(ctx.db, phone)
      return userId && (await sessionsOf(ctx, userId))
    })
    if (!found) throw new CommandError(`nobody has the number +${phone}`)
    for (const session of found) print(describe(session))
  },
}

function describe(session: SessionInfo): string {
  const { appName, apiId, appVersion, layer, ip, country, isWaiting, isUnconfirmed } = session
  const parts = [
    `active ${minuteText(session.activeAt)}`,
    `since ${minuteText(session.createdAt)}`,
    [appName || 'unknown app', `(${apiId})`, appVersion].filter(Boolean).join(' '),
    `layer ${layer}`,
    [session.deviceModel, session.systemVersion].filter(Boolean).join(' ') || 'unknown device',
    [ip, country && `(${country})`].filter(Boolean).join(' '),
    isWaiting ? 'waits for the password' : isUnconfirmed && 'not confirmed',
  ]
  return parts.filter(Boolean).join(', ')
}
