import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { handlers } from '../src/api/all.ts'
import { readErrors } from '../src/tl/error-table.ts'

const root = new URL('..', import.meta.url).pathname

/** What this many methods document is told of once, for all of them. */
const COMMON = 100
const NEVER = 'Not answered'
/** What names errors without throwing them. */
const UNTHROWN = new Set(['schema.d.ts', 'popups.ts'])

/** A test, by its file and its name, and all that stands in it. */
interface TestBlock {
  readonly where: string
  readonly text: string
}

interface Row {
  readonly method: string
  readonly error: string
  readonly code: number
  readonly shownBy: string | undefined
}

/**
 * docs/errors.md: the errors that each implemented method documents, and the test that shows each. A test shows an error
 * when it names the method and the error; what a test provokes by way of a helper is not found.
 */
export function errorsDocument(): string {
  const blocks = testBlocks()
  const table = readErrors()
  const implemented = new Set(Object.keys(handlers))
  const common = commonErrors()
  const thrown = thrownErrors()
  const rows = table
    .filter(({ method }) => implemented.has(method))
    .flatMap(({ method, code, names }) =>
      names
        .filter((error) => !common.has(error))
        .map((error): Row => ({ method, error, code, shownBy: findTest(blocks, error, `'${method}'`) })),
    )
  const general = table
    .filter(({ method }) => method === '*')
    .flatMap(({ code, names }) => names.map((error) => ({ error, code })))
  const anywhere = [...general, ...[...common].map(([error, code]) => ({ error, code }))]
    .filter((each, index, all) => all.findIndex((other) => other.error === each.error) === index)
    .map((each) => ({ ...each, shownBy: findTest(blocks, each.error) }))
    .sort((a, b) => a.code - b.code || (a.error < b.error ? -1 : 1))
  const shown = ({ error, shownBy }: { error: string; shownBy: string | undefined }): string =>
    shownBy ?? (thrown.has(error) ? '' : NEVER)

  return [
    '# Errors',
    '',
    'Made by `npm run docs` from schema/errors.tsv and the tests. An error that a method does not document fails every test in',
    'which it is answered (test/harness/documented.ts).',
    `What is ${NEVER} stands nowhere in src: what it tells of does not exist here yet, or cannot happen.`,
    '',
    '## Errors of any method',
    '',
    summary(anywhere, thrown),
    '',
    '| error | code | shown by |',
    '|---|---|---|',
    ...anywhere.map((row) => `| ${row.error} | ${row.code} | ${shown(row)} |`),
    '',
    '## Errors of implemented methods',
    '',
    summary(rows, thrown),
    '',
    '| method | error | code | shown by |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row.method} | ${row.error} | ${row.code} | ${shown(row)} |`),
    '',
  ].join('\n')
}

function summary(
  rows: readonly { readonly error: string; readonly shownBy: string | undefined }[],
  thrown: ReadonlySet<string>,
): string {
  const shown = rows.filter(({ shownBy }) => shownBy !== undefined).length
  const never = rows.filter(({ error, shownBy }) => shownBy === undefined && !thrown.has(error)).length
  return `Documented: ${rows.length}. Shown by a test: ${shown}. ${NEVER}: ${never}. Neither: ${rows.length - shown - never}.`
}

/** The names of errors that stand in the code, wherever they are thrown. */
function thrownErrors(): Set<string> {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !UNTHROWN.has(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  return new Set(
    files.flatMap((text) => [...text.matchAll(/'([A-Z0-9_]+(?:%d\w*)?)'/g)].map(([, name]) => name!)),
  )
}

/** Errors that very many methods document, with their code. */
function commonErrors(): Map<string, number> {
  const methods = new Map<string, number>()
  const codes = new Map<string, number>()
  for (const { method, code, names } of readErrors()) {
    if (method === '*') continue
    for (const error of names) {
      methods.set(error, (methods.get(error) ?? 0) + 1)
      codes.set(error, code)
    }
  }
  return new Map([...codes].filter(([error]) => (methods.get(error) ?? 0) >= COMMON))
}

/** The first test that names the error and all else that is asked for. */
function findTest(
  blocks: readonly TestBlock[],
  error: string,
  ...also: readonly string[]
): string | undefined {
  const name = new RegExp(
    `(?<![A-Z_])${error.replaceAll('%d', '(?:%d|\\\\?\\d+|\\(\\\\d\\+\\)|\\$\\{)')}(?![A-Z_])`,
  )
  return blocks.find(({ text }) => also.every((part) => text.includes(part)) && name.test(text))?.where
}

const TEST = /^ *test(?:\.\w+)*(?:<[^>]*>)?\(/m

/** Every test, in the order of files and of lines. */
function testBlocks(): TestBlock[] {
  return testFiles().flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const starts = [...text.matchAll(new RegExp(TEST, 'gm'))].map(({ index }) => index)
    return starts.map((start, number) => {
      const block = text.slice(start, starts[number + 1] ?? text.length)
      return { where: `${relative(root, file)}: ${titleOf(block)}`, text: block }
    })
  })
}

function titleOf(block: string): string {
  const title = /(?:^ *test(?:\.\w+)*\(|\]\)\(|\)\(\s*)\s*(['"`])((?:(?!\1).)+)\1/m.exec(block)?.[2] ?? ''
  return title.replaceAll('|', '\\|')
}

function testFiles(): string[] {
  return readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .filter((entry) => !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
