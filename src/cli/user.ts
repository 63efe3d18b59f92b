import { createUser } from '../domain/accounts/create-user.ts'
import { listAccounts } from '../domain/accounts/store.ts'
import { moveHome } from '../domain/datacenters/home.ts'
import { CommandError, parseCommand, print, required, type Command, type Parsed } from './command.ts'
import { readServerFile } from './server-file.ts'
import { withContext } from './with-context.ts'

const usage = `chappe user create --phone P --first-name F [--last-name L] [--dc N]
chappe user move --phone P --dc N
chappe user list

create   makes an account, to which the owner of the phone number can sign in; prints user_id.
         --dc names the datacenter where it is at home, of several
move     makes another datacenter the home of an account: its clients are told to go there. Most of them can
         where they have fetched files before, and have to sign in again where they have not
list     prints every account: user_id, phone, @username, name

With --data DIR or --database URL as for \`chappe start\`.`

export const user: Command = {
  usage,
  async run(args) {
    const [action, ...rest] = args
    if (action === 'create') return create(rest)
    if (action === 'move') return move(rest)
    if (action === 'list') return list(rest)
    throw new CommandError('user create, user move or user list')
  },
}

async function create(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(args, ['phone', 'first-name', 'last-name', 'dc'])
  const input = {
    phone: required(parsed, 'phone'),
    firstName: required(parsed, 'first-name'),
    lastName: parsed.values['last-name'] ?? '',
    homeDc: parsed.values['dc'] === undefined ? undefined : await knownDc(parsed),
  }
  const userId = await withContext(parsed.config, (ctx) => createUser(ctx, input))
  if (userId === undefined) throw new CommandError(`${input.phone} has an account already`)
  print(`user_id ${userId}`)
}

async function move(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(args, ['phone', 'dc'])
  const phone = required(parsed, 'phone')
  const dc = await knownDc(parsed)
  const userId = await withContext(parsed.config, (ctx) => moveHome(ctx, { phone, dc }))
  if (userId === undefined) throw new CommandError(`nobody has the number ${phone}`)
  print(`user_id ${userId} dc ${dc}`)
}

async function knownDc(parsed: Parsed): Promise<number> {
  const dc = Number(required(parsed, 'dc'))
  const { dcs } = await readServerFile(parsed.config.data)
  if (!dcs.some(({ id }) => id === dc)) throw new CommandError(`--dc: there is no datacenter ${dc}`)
  return dc
}

async function list(args: readonly string[]): Promise<void> {
  const accounts = await withContext(parseCommand(args, []).config, (ctx) => listAccounts(ctx.db))
  for (const { id, phone, username, firstName, lastName } of accounts) {
    const parts = [String(id), phone && `+${phone}`, username && `@${username}`, firstName, lastName]
    print(parts.filter(Boolean).join(' '))
  }
}
