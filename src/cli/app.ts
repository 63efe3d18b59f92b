import { readFile } from 'node:fs/promises'
import { addApp, createApp, listApps } from '../domain/apps/apps.ts'
import { notifyDevelopers } from '../domain/apps/notify.ts'
import { currentApiTerms, setApiTerms } from '../domain/apps/terms.ts'
import { askServer } from './ask-server.ts'
import { CommandError, parseCommand, print, required, type Command } from './command.ts'
import { withContext } from './with-context.ts'

const usage = `chappe app create --title T --short-name S --phone P
chappe app add --api-id N --api-hash H --title T
chappe app list
chappe app notify --text T
chappe app terms [--file FILE]

create   registers an app of yours; prints its api_id and api_hash
add      registers the api_id and api_hash of a client that exists already
list     prints every app: api_id, api_hash, title
notify   writes to the owners of apps, each in the chat with the service account
terms    prints the API terms that makers of apps accept in the portal, or puts those of a file in their place

With --data DIR or --database URL as for \`chappe start\`.`

export const app: Command = {
  usage,
  async run(args) {
    const [action, ...rest] = args
    if (action === 'create') return create(rest)
    if (action === 'add') return add(rest)
    if (action === 'list') return list(rest)
    if (action === 'notify') return notify(rest)
    if (action === 'terms') return terms(rest)
    throw new CommandError('app create, app add, app list, app notify or app terms')
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

async function notify(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(args, ['text'])
  const text = required(parsed, 'text')
  const { config } = parsed
  const asked = await askServer<{ notified: number }>(config.data, '/apps/notify', { text })
  print(`notified ${asked?.notified ?? (await withContext(config, (ctx) => notifyDevelopers(ctx, text)))}`)
}

async function terms(args: readonly string[]): Promise<void> {
  const { values, config } = parseCommand(args, ['file'])
  const path = values['file']
  if (path === undefined) {
    const { version, text } = await withContext(config, currentApiTerms)
    print(`version ${version}\n\n${text}`)
    return
  }
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(`${path} cannot be read`)
  })
  print(`version ${await withContext(config, (ctx) => setApiTerms(ctx, text))}`)
}

function printIds(registered: { readonly apiId: number; readonly apiHash: string }): void {
  print(`api_id ${registered.apiId}`)
  print(`api_hash ${registered.apiHash}`)
}
