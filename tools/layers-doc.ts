import { readFileSync } from 'node:fs'
import { TOPICS } from '../src/tl/layers/rules.ts'
import { definitionsOf, loadPool, newestDefinitions, type Pool } from '../src/tl/pool.ts'
import { loadEvidence } from './pool-evidence.ts'
import { SOURCES } from './pool-sources.ts'

/** Shares that `node test/tl/layers-long.ts` measured. */
const REFUSED_FILE = new URL('../test/tl/layers-refused.tsv', import.meta.url)

interface Row {
  readonly layer: number
  readonly definitions: number
  readonly exact: number
  readonly resolved: number
  readonly unsure: number
  readonly sources: string
}

/** docs/layers.md: for each layer how exactly its definitions are known, and from where. */
export function layersDocument(): string {
  const rows = layerRows()
  const refused = refusedShares()
  const total = (key: 'exact' | 'resolved' | 'unsure'): number => rows.reduce((sum, row) => sum + row[key], 0)
  const whole = rows.filter(({ exact, definitions }) => exact === definitions).length
  const packages = [
    ...new Set(SOURCES.map((source) => `${source.package} (${source.registry}, ${source.licence})`)),
  ]
  return [
    '# Layers',
    '',
    `Chappe serves every layer from ${rows[0]?.layer} to ${rows.at(-1)?.layer}. \`schema/pool.tl\` holds each definition once, with the`,
    'layers it belongs to; `node tools/pool.ts` builds it from what these packages ship, one line a version in',
    `\`tools/pool-sources.ts\`: ${packages.join(', ')}. Every definition is checked against its id, the CRC-32 of its line;`,
    'where packages of one layer differ, most of them decide.',
    '',
    'A definition of a layer is **exact** when a package has that layer; **resolved** when no package has it, but the known',
    'layers on both sides of it agree, or the ids that a client of that very layer uses tell (`tools/pool-evidence.tsv`);',
    '**unsure** when they differ and nothing tells: the layer is then given what the one below it has. An id names one',
    'layout on the wire in whichever layer, so nothing here is unsure in what clients send, only in what is sent to them.',
    '',
    `Of ${rows.length} layers ${whole} are exact as a whole. Definitions of all layers: ${total('exact')} exact,`,
    `${total('resolved')} resolved, ${total('unsure')} unsure.`,
    '',
    ...rulesText(),
    '**Refused** is the share of random values that the layer cannot say at all: `node test/tl/layers-long.ts` writes a random',
    'object of every constructor that updates and answers are made of for each layer, reads it back by the definitions of',
    'that layer alone, and does the same with random requests of each layer the other way. Nothing invalid was read. What',
    'is refused in answers are objects newer than the layer, which are left out of the lists that hold them; in requests',
    'the methods above and keyboards that mix both kinds of buttons.',
    '',
    '| layer | definitions | exact | resolved | unsure | answers refused | requests refused | packages |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(
      ({ layer, definitions, exact, resolved, unsure, sources }) =>
        `| ${layer} | ${definitions} | ${exact} | ${resolved} | ${unsure} | ${refused.get(layer)?.join(' | ')} | ${sources} |`,
    ),
    '',
  ].join('\n')
}

/** What the rules are, by topic, and the methods that none brings to today's handlers. */
function rulesText(): string[] {
  const count = (list: readonly unknown[] | undefined): number => list?.length ?? 0
  const lines = TOPICS.map(
    ({ name, up, down, pairs, results, fallbacks }) =>
      `| ${name} | ${count(up)} | ${count(down)} | ${count(pairs)} | ${count(results)} | ${count(fallbacks)} |`,
  )
  return [
    'What generic copying cannot know is in `src/tl/layers/rules/`, a row a rule:',
    '',
    '| topic | requests | objects | types | answers | stand-ins |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    `Methods of old layers that nothing answers today: ${unanswered(loadPool()).join(', ')}.`,
    '',
  ]
}

function unanswered(pool: Pool): string[] {
  const today = new Set(newestDefinitions(pool).map(({ name }) => name))
  const renamed = TOPICS.flatMap(({ up }) => up ?? []).flatMap(({ from, to }) => (to ? from.split(' ') : []))
  const names = pool.definitions.flatMap(({ name, isFunction }) => (isFunction ? name : []))
  const lost = names.filter((name) => !today.has(name) && !renamed.includes(name))
  return [...new Set(lost)].toSorted((a, b) => (a < b ? -1 : 1)).map((name) => `\`${name}\``)
}

function refusedShares(): Map<number, string[]> {
  const lines = readFileSync(REFUSED_FILE, 'utf8').trim().split('\n')
  return new Map(
    lines.map((line) => {
      const [layer, ...shares] = line.split('\t')
      return [Number(layer), shares.map((share) => `${share} %`)]
    }),
  )
}

function layerRows(): Row[] {
  const pool = loadPool()
  const evidence = loadEvidence().layers
  const isKnown = (layer: number): boolean => pool.exact.includes(layer) || evidence.has(layer)
  const textsOf = (layer: number): Map<string, string> =>
    new Map(definitionsOf(pool, layer).flatMap((one) => (one.isMtproto ? [] : [[one.name, one.text]])))
  return pool.layers.map((layer) => {
    const texts = textsOf(layer)
    const sources = SOURCES.filter((source) => source.layer === layer)
      .map((source) => `${source.package} ${source.version}`)
      .join(', ')
    const count = { exact: 0, resolved: 0, unsure: 0 }
    if (pool.exact.includes(layer)) count.exact = texts.size
    else if (isKnown(layer)) count.resolved = texts.size
    else {
      const below = textsOf(pool.layers.findLast((one) => one < layer && isKnown(one)) ?? layer)
      const above = textsOf(pool.layers.find((one) => one > layer && isKnown(one)) ?? layer)
      for (const name of new Set([...below.keys(), ...above.keys()])) {
        if (below.get(name) === above.get(name)) count.resolved++
        else count.unsure++
      }
    }
    return { layer, definitions: texts.size, ...count, sources }
  })
}
