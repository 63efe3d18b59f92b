import { createUser } from '../domain/accounts/create-user.ts'
import { listAccounts } from '../domain/accounts/store.ts'
import { CommandError, parseCommand, print, required, type Command } from './command.ts'
import { withContext } from './with-context.ts'

const usage = `chappe user create --phone P --first-name F [--last-name L]
chappe user list

create   makes an account, to which the owner of the phone number can sign in; prints user_id
list     prints every account: user_id, phone, @username, name

With --data DIR or --database URL as for \`chappe start\`.`

export const user: Command = {
  name: 'user',
  summary: 'create or list accounts',
  usage,
  async run(args) {
    const [action, ...rest] = args
    if (action === 'create') return create(rest)
    if (action === 'list') return list(rest)
    throw new CommandError('user create or user list')
  },
}

async function create(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(args, ['phone', 'first-name', 'last-name'])
  const input = {
    phone: required(parsed, 'phone'),
    firstName: required(parsed, 'first-name'),
    lastName: parsed.values['last-name'] ?? '',
  }
  const userId = await withContext(parsed.config, (ctx) => createUser(ctx, input))
  if (userId === undefined) throw new CommandError(`${input.phone} has an account already`)
  print(`user_id ${userId}`)
}

async function list(args: readonly string[]): Promise<void> {
  const accounts = await withContext(parseCommand(args, []).config, (ctx) => listAccounts(ctx.db))
  for (const { id, phone, username, firstName, lastName } of accounts) {
    const parts = [String(id), phone && `+${phone}`, username && `@${username}`, firstName, lastName]
    print(parts.filter(Boolean).join(' '))
  }
}
