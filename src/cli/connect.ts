import { createPublicKey } from 'node:crypto'
import { parseArgs } from 'node:util'
import { desktop, gotd, grammers } from './recipes/compiled.ts'
import { gramjs, mtcute, mtprotoCore, tdlib, teleproto } from './recipes/javascript.ts'
import { kurigram, pyrogram, telethon } from './recipes/python.ts'
import { CommandError, type Command } from './command.ts'
import { readServerFile } from './server-file.ts'
import type { Recipe, Target } from './recipes/recipe.ts'
import type { ServerFile } from '../server-file.ts'

const RECIPES: readonly Recipe[] = [
  mtcute,
  gramjs,
  teleproto,
  mtprotoCore,
  tdlib,
  telethon,
  pyrogram,
  kurigram,
  gotd,
  grammers,
  desktop,
]

const USAGE = `chappe connect NAME [--data DIR] [--api-id N --api-hash H]

Prints what to paste to point a client or library at this server. NAME is one of
${RECIPES.map(({ name, title }) => `  ${name.padEnd(14)}${title}`).join('\n')}

  --data DIR       the data directory of the server (default ./data)
  --api-id N       what \`chappe app create\` printed,
  --api-hash H     to have it filled in`

export const connect: Command = {
  name: 'connect',
  summary: 'print how to point a client at this server',
  usage: USAGE,
  async run(args) {
    process.stdout.write(await printRecipe(args))
  },
}

/** What `chappe connect ARGS` prints. Throws CommandError. */
export async function printRecipe(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string', default: process.env['CHAPPE_DATA'] ?? './data' },
      'api-id': { type: 'string', default: '0' },
      'api-hash': { type: 'string', default: 'API_HASH' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [name] = positionals
  if (values.help || name === undefined) return `${USAGE}\n`
  const recipe = RECIPES.find((recipe) => [recipe.name, ...recipe.also].includes(name.toLowerCase()))
  if (!recipe) {
    throw new CommandError(`${name} is not known; known are ${RECIPES.map(({ name }) => name).join(', ')}`)
  }
  const apiId = Number(values['api-id'])
  if (!Number.isSafeInteger(apiId) || apiId < 0) throw new CommandError('--api-id must be a number')
  const file = await readServerFile(values.data)
  return recipe.print(target(file, { apiId, apiHash: values['api-hash'], dataDir: values.data }))
}

type Own = Pick<Target, 'apiId' | 'apiHash' | 'dataDir'>

function target(file: ServerFile, own: Own): Target {
  const dc = file.dcs.find(({ id }) => id === file.thisDc)
  if (!dc) throw new CommandError('server.json does not name the address of its own datacenter')
  const { n, e } = createPublicKey(file.publicKey).export({ format: 'jwk' })
  return {
    dc: dc.id,
    host: dc.host,
    port: dc.port,
    publicKey: `${file.publicKey.trimEnd()}\n`,
    fingerprint: BigInt.asIntN(64, BigInt(`0x${file.fingerprint}`)),
    modulus: fromBase64Url(n),
    exponent: Number(fromBase64Url(e)),
    ...own,
  }
}

function fromBase64Url(text: string | undefined): bigint {
  return BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`)
}
