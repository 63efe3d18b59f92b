import { readFile } from 'node:fs/promises'
import { currentTerms, listTerms, setTerms, type Terms } from '../domain/terms/terms.ts'
import { dayText } from '../lib/dates.ts'
import { CommandError, parseCommand, print, required, type Command } from './command.ts'
import { withContext } from './with-context.ts'

const usage = `chappe terms set --file F [--min-age N] [--popup]
chappe terms show
chappe terms list

set    puts new terms of service in force, from a text in which # headings, **bold** and [text](https://…) count.
       Whoever signs up agrees to them; everybody else is asked to, and declines by deleting the account.
       --min-age N has clients ask whether one is N years old; --popup has them show the text at once.
show   prints the terms in force
list   prints every version that was set, the newest first: number, date, minimum age, first line

With --data DIR or --database URL as for \`chappe start\`.`

const POPUP = '--popup'

export const terms: Command = {
  usage,
  async run(args) {
    const [action, ...rest] = args
    if (action === 'set') return set(rest)
    if (action === 'show') return show(rest)
    if (action === 'list') return list(rest)
    throw new CommandError('terms set, terms show or terms list')
  },
}

async function set(args: readonly string[]): Promise<void> {
  const parsed = parseCommand(
    args.filter((arg) => arg !== POPUP),
    ['file', 'min-age'],
  )
  const path = required(parsed, 'file')
  const markup = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  })
  const minAge = parsed.values['min-age'] === undefined ? undefined : Number(parsed.values['min-age'])
  const input = { markup, minAge, isPopup: args.includes(POPUP) }
  const made = await withContext(parsed.config, (ctx) => setTerms(ctx, input))
  print(`version ${made.version}`)
}

async function show(args: readonly string[]): Promise<void> {
  const current = await withContext(parseCommand(args, []).config, currentTerms)
  print(describe(current))
  print('')
  print(current.text)
}

async function list(args: readonly string[]): Promise<void> {
  const all = await withContext(parseCommand(args, []).config, listTerms)
  for (const each of all) print(`${describe(each)} ${each.text.split('\n', 1)[0]}`)
}

function describe({ version, createdAt, minAge, isPopup }: Terms): string {
  if (version === 0) return 'version 0 as it ships'
  const since = dayText(createdAt)
  return [`version ${version}`, since, minAge && `min-age ${minAge}`, isPopup && 'popup']
    .filter(Boolean)
    .join(' ')
}
