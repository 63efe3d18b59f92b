import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { NEWEST_LAYER } from '../src/tl/encode.ts'
import { loadPool } from '../src/tl/pool.ts'

const root = new URL('..', import.meta.url).pathname

/** Wrappers that the dispatcher takes off; they have no handler. */
const WRAPPERS = new Set([
  'initConnection',
  'invokeAfterMsg',
  'invokeAfterMsgs',
  'invokeWithLayer',
  'invokeWithoutUpdates',
])

/** docs/methods.md: every method of the newest layer, where it is implemented, which tests call it. */
export function methodsDocument(): string {
  const names = newestMethods()
  const known = new Set(names)
  const places = mentions(['src/api'], /^ {2}(?:async )?'?([\w.]+)'?(?:\(|:)/gm, known)
  for (const wrapper of WRAPPERS) places.set(wrapper, ['src/rpc/wrappers.ts'])
  const tests = mentions(['test'], /'([a-z][\w]*(?:\.\w+)?)'/g, known)
  const foreign = foreignCalls(known)

  const done = names.filter((name) => places.has(name))
  const lines = [
    '# Methods',
    '',
    `Made by \`npm run docs\`. Every method of layer ${NEWEST_LAYER}: whether it is implemented, where, and which tests call it.`,
    'An entry like `interop (tdlib)` is a client library that Chappe did not write (test/interop/calls.tsv).',
    '',
    `Implemented: ${done.length} of ${names.length}. All others answer \`METHOD_INVALID\`.`,
    '',
    '| method | implemented in | tested by |',
    '|---|---|---|',
  ]
  for (const name of names) {
    const place = places.get(name)?.[0]
    const testedBy = place ? [...(tests.get(name) ?? []), ...(foreign.get(name) ?? [])] : []
    lines.push(`| ${name} | ${place ?? ''} | ${[...new Set(testedBy)].sort().join(', ')} |`)
  }
  return `${lines.join('\n')}\n`
}

function newestMethods(): string[] {
  return loadPool()
    .definitions.filter((each) => each.isFunction && !each.isMtproto)
    .filter((each) => each.ranges.some((range) => range.last >= NEWEST_LAYER))
    .map((each) => each.name)
    .sort()
}

/** For each method, the files below `folders` in which `pattern` finds its name. */
function mentions(
  folders: readonly string[],
  pattern: RegExp,
  known: ReadonlySet<string>,
): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const folder of folders) {
    for (const file of filesBelow(join(root, folder))) {
      for (const match of readFileSync(file, 'utf8').matchAll(pattern)) {
        const name = match[1]
        if (!name || !known.has(name)) continue
        const files = found.get(name) ?? []
        const path = relative(root, file)
        if (!files.includes(path)) files.push(path)
        found.set(name, files)
      }
    }
  }
  return found
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .filter((entry) => !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Which foreign clients call what, as the interop tests saw it. */
function foreignCalls(known: ReadonlySet<string>): Map<string, string[]> {
  const calls = new Map<string, string[]>()
  let text = ''
  try {
    text = readFileSync(join(root, 'test/interop/calls.tsv'), 'utf8')
  } catch {
    return calls
  }
  for (const line of text.split('\n')) {
    const [client, method] = line.split('\t')
    if (!client || !method || !known.has(method)) continue
    calls.set(method, [...(calls.get(method) ?? []), `interop (${client})`])
  }
  return calls
}
