import { addApp, createApp, listApps } from '../domain/apps/apps.ts'
import { CommandError, parseCommand, print, required, type Command } from './command.ts'
import { withContext } from './with-context.ts'

const usage = `chappe app create --title T --short-name S --phone P
chappe app add --api-id N --api-hash H --title T
chappe app list

create   registers an app of yours; prints its api_id and api_hash
add      registers the api_id and api_hash of a client that exists already
list     prints every app: api_id, api_hash, title

With --data DIR or --database URL as for \`chappe start\`.`

export const app: Command = {
  name: 'app',
  summary: 'register the apps that may connect',
  usage,
  async run(args) {
    const [action, ...rest] = args
    if (action === 'create') return create(rest)
    if (action === 'add') return add(rest)
    if (action === 'list') return list(rest)
    throw new CommandError('app create, app add or app list')
  },
}

async function create(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(args, ['title', 'short-name', 'phone'])
  const input = {
    title: required(parsed, 'title'),
    shortName: required(parsed, 'short-name'),
    phone: required(parsed, 'phone'),
  }
  const made = await withContext(parsed.config, (ctx) => createApp(ctx, input))
  printIds(made)
}

async function add(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(args, ['api-id', 'api-hash', 'title'])
  const input = {
    apiId: Number(required(parsed, 'api-id')),
    apiHash: required(parsed, 'api-hash'),
    title: required(parsed, 'title'),
  }
  const added = await withContext(parsed.config, (ctx) => addApp(ctx, input))
  printIds(added)
}

async function list(args: readonly string[]): Promise<void> {
  const apps = await withContext(parseCommand(args, []).config, listApps)
  for (const each of apps) print(`${each.apiId} ${each.apiHash} ${each.title}`)
}

function printIds(registered: { readonly apiId: number; readonly apiHash: string }): void {
  print(`api_id ${registered.apiId}`)
  print(`api_hash ${registered.apiHash}`)
}
