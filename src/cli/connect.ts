import { parseArgs } from 'node:util'
import { findRecipe, RECIPES, targetOf } from '../recipes/all.ts'
import { CommandError, type Command } from './command.ts'
import { readServerFile } from './server-file.ts'

const USAGE = `chappe connect NAME [--data DIR] [--dc N] [--api-id N --api-hash H]

Prints what to paste to point a client or library at this server. NAME is one of
${RECIPES.map(({ name, title }) => `  ${name.padEnd(14)}${title}`).join('\n')}

  --data DIR       the data directory of the server (default ./data)
  --dc N           the datacenter to begin in, of several (default: the server's own)
  --api-id N       what \`chappe app create\` printed,
  --api-hash H     to have it filled in`

export const connect: Command = {
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
      dc: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [name] = positionals
  if (values.help || name === undefined) return `${USAGE}\n`
  const recipe = findRecipe(name)
  if (!recipe) {
    throw new CommandError(`${name} is not known; known are ${RECIPES.map(({ name }) => name).join(', ')}`)
  }
  const apiId = Number(values['api-id'])
  if (!Number.isSafeInteger(apiId) || apiId < 0) throw new CommandError('--api-id must be a number')
  const file = await readServerFile(values.data)
  const own = { apiId, apiHash: values['api-hash'], dataDir: values.data }
  const dc = Number(values.dc ?? file.thisDc)
  const target = targetOf(file, own, dc)
  if (!target) throw new CommandError(`server.json does not name the address of datacenter ${dc}`)
  return recipe.print(target)
}
