import { readCodes } from '../domain/auth/code-store.ts'
import { parsePhone } from '../domain/auth/phone.ts'
import { CommandError, parseCommand, print, type Command } from './command.ts'
import { withContext } from './with-context.ts'

const usage = `chappe code PHONE

Prints the login codes in force for a phone number, the latest first: \`login code +15550001111 sms 12345\`.

With --data DIR or --database URL as for \`chappe start\`.`

export const code: Command = {
  name: 'code',
  summary: 'show the login code of a phone number',
  usage,
  async run(args) {
    const { words, config } = parseCommand(args, [])
    const [typed] = words
    if (words.length !== 1 || !typed) throw new CommandError('code PHONE')
    const phone = parsePhone(typed)
    const codes = await withContext(config, (ctx) => readCodes(ctx.db, phone, ctx.clock.nowSec()))
    if (codes.length === 0) throw new CommandError(`no login code is in force for +${phone}`)
    for (const each of codes) print(`login code +${phone} ${each.channel} ${each.code}`)
  },
}
