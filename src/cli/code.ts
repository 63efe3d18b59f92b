import { readCodes } from '../domain/auth/code-store.ts'
import { parsePhone } from '../domain/auth/phone.ts'
import { listPortalCodes } from '../domain/web/codes.ts'
import { CommandError, parseCommand, print, type Command } from './command.ts'
import { withContext } from './with-context.ts'

const usage = `chappe code PHONE

Prints the login codes in force for a phone number, the latest first: \`login code +15550001111 sms 12345\`.
Then those for the developer portal: \`portal code +15550001111 AbCdEfGhIjK\`.

With --data DIR or --database URL as for \`chappe start\`.`

export const code: Command = {
  usage,
  async run(args) {
    const { words, config } = parseCommand(args, [])
    const [typed] = words
    if (words.length !== 1 || !typed) throw new CommandError('code PHONE')
    const phone = parsePhone(typed)
    const { codes, portal } = await withContext(config, async (ctx) => ({
      codes: await readCodes(ctx.db, phone, ctx.clock.nowSec()),
      portal: await listPortalCodes(ctx, phone),
    }))
    if (codes.length + portal.length === 0) throw new CommandError(`no login code is in force for +${phone}`)
    for (const each of codes) print(`login code +${phone} ${each.channel} ${each.code}`)
    for (const each of portal) print(`portal code +${phone} ${each}`)
  },
}
