/**
 * Builds schema/pool.tl from packages that ship TL definitions: `node tools/pool.ts`.
 *
 * Only facts are taken: names, ids, fields, types. Each definition is checked against its id, which is the CRC-32 of
 * its line, so that a wrong field cannot slip in. Where sources of one layer differ, because one was made from work in
 * progress, most of them decide. A layer that no source has gets what both its neighbours have; where they differ,
 * tools/pool-evidence.tsv says which definition was current, else the older one stays.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { hex, idOf, type RawDefinition } from './pool-definition.ts'
import { loadEvidence, type Evidence } from './pool-evidence.ts'
import { readSource, SOURCES, type Source } from './pool-sources.ts'

const POOL_FILE = new URL('../schema/pool.tl', import.meta.url)
const MTPROTO_FILE = new URL('./mtproto.tl', import.meta.url)

/** The definitions of a layer by name, each as its text. */
type LayerTexts = Map<string, string>

/**
 * Where a client writes more than its id says: TDLib kept the old id of initConnection when it began to send `params`,
 * up to layers that have a new id for that. Nothing else uses the bit.
 */
const WIDENED: ReadonlyMap<string, readonly [from: string, to: string]> = new Map([
  ['initConnection#785188b8', [' query:!X', ' params:flags.1?JSONValue query:!X']],
])

function widened(text: string): string {
  const [from, to] = WIDENED.get(text.split(' ')[0] ?? '') ?? ['', '']
  return text.replace(from, to)
}

/** Definitions of all sources, in one spelling for each. */
class Spellings {
  readonly #texts = new Map<string, string>()
  readonly #byId = new Map<number, string>()
  readonly isFunction = new Map<string, boolean>()
  readonly #misspelt: { source: Source; definition: RawDefinition }[] = []

  /**
   * The text that stands for a definition: sources differ in what the id cannot tell (bytes or string, order of flags).
   * The first one wins. Undefined for a definition whose id is not that of its line: that package spells it wrong.
   */
  of(definition: RawDefinition, source: Source): string | undefined {
    const { id, text } = definition
    if (idOf(text) !== id) {
      this.#misspelt.push({ source, definition })
      return undefined
    }
    const flags = text.match(/ \w+:flags\d*\.\d+\?true/g) ?? []
    const key = `${id}${flags.toSorted().join('')}`
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    this.#texts.set(key, text)
    if (!this.#byId.has(id)) this.#byId.set(id, text)
    this.isFunction.set(text, definition.isFunction)
    return text
  }

  /** Definitions that a source spells wrong, as another source spells them. */
  corrected(): { source: Source; name: string; text: string }[] {
    return this.#misspelt.flatMap(({ source, definition }) => {
      const text = this.#byId.get(definition.id)
      if (text === undefined) {
        console.log(
          `${source.package} ${source.version}: left out, its id is not that of its line: ${definition.text}`,
        )
        return []
      }
      return [{ source, name: nameOf(text), text }]
    })
  }
}

function nameOf(text: string): string {
  return text.slice(0, text.indexOf('#'))
}

/** What each source says, newest layer first: the newer spelling wins. */
function readSources(skip: ReadonlySet<number>, spellings: Spellings): Map<Source, LayerTexts> {
  const result = new Map<Source, LayerTexts>()
  for (const source of SOURCES.toSorted((a, b) => b.layer - a.layer)) {
    const texts: LayerTexts = new Map()
    for (const definition of readSource(source)) {
      if (skip.has(definition.id)) continue
      const text = spellings.of(definition, source)
      if (text !== undefined) texts.set(definition.name, text)
    }
    result.set(source, texts)
  }
  for (const { source, name, text } of spellings.corrected()) result.get(source)?.set(name, text)
  return result
}

/** The definitions of each layer that sources have: what most of them say; absence is a vote as well. */
function decideExact(bySource: ReadonlyMap<Source, LayerTexts>): Map<number, LayerTexts> {
  const layers = Map.groupBy(bySource, ([source]) => source.layer)
  const exact = new Map<number, LayerTexts>()
  // Newest first: a tie goes to what the next layer has, for work in progress ends up there.
  let next: LayerTexts = new Map()
  for (const [layer, entries] of [...layers].toSorted(([a], [b]) => b - a)) {
    const sources = entries.map(([, texts]) => texts)
    const decided: LayerTexts = new Map()
    for (const name of new Set(sources.flatMap((texts) => [...texts.keys()]))) {
      const votes = Map.groupBy(sources, (texts) => texts.get(name))
      const most = Math.max(...[...votes.values()].map((voters) => voters.length))
      const winners = [...votes].filter(([, voters]) => voters.length === most).map(([text]) => text)
      const winner = winners.includes(next.get(name)) ? next.get(name) : winners[0]
      if (votes.size > 1)
        console.log(`layer ${layer}: ${name}: ${[...votes.values()].map((v) => v.length).join(' to ')}`)
      if (winner !== undefined) decided.set(name, winner)
    }
    exact.set(layer, (next = decided))
  }
  return exact
}

/**
 * The definitions of every layer from the first known to the last: of a layer that no source has those that are current
 * on both sides of it, and where the sides differ what evidence says, else what the layer below has.
 */
function fillGaps(
  exact: ReadonlyMap<number, LayerTexts>,
  { layers: evidence }: Evidence,
  texts: ReadonlyMap<string, string>,
): Map<number, LayerTexts> {
  const known = [...exact.keys()].toSorted((a, b) => a - b)
  const all = new Map<number, LayerTexts>()
  for (let layer = known[0] ?? 0; layer <= (known.at(-1) ?? 0); layer++) {
    const rows = evidence.get(layer)
    const below = known.findLast((one) => one <= layer) ?? 0
    const above = known.find((one) => one >= layer) ?? 0
    const current = new Map(exact.has(layer) || rows ? exact.get(below) : all.get(layer - 1))
    for (const [name, id] of exact.has(layer) ? [] : (rows ?? [])) {
      // Of definitions that differ in flags only the one of the next layer.
      const near = [exact.get(above)?.get(name), exact.get(below)?.get(name)]
      const title = `${name}#${id}`
      const text = near.find((one) => one?.split(' ')[0] === title) ?? texts.get(title)
      if (id !== undefined && text === undefined) throw new Error(`evidence: no source has ${name}#${id}`)
      if (text === undefined) current.delete(name)
      else current.set(name, text)
    }
    all.set(layer, current)
  }
  return all
}

/** `105-227,229`: runs of layers. */
function ranges(layers: readonly number[]): string {
  const runs: [number, number][] = []
  for (const layer of layers) {
    const last = runs.at(-1)
    if (last && last[1] === layer - 1) last[1] = layer
    else runs.push([layer, layer])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

function main(): void {
  const mtproto = readFileSync(MTPROTO_FILE, 'utf8').trim().split('\n')
  const mtprotoIds = new Set<number>()
  for (const line of mtproto.filter((text) => !text.startsWith('-'))) {
    const id = idOf(line)
    if (!line.includes(`#${hex(id)} `))
      throw new Error(`mtproto.tl: the id of this must be ${hex(id)}: ${line}`)
    mtprotoIds.add(id)
  }
  const spellings = new Spellings()
  const exact = decideExact(readSources(mtprotoIds, spellings))
  const evidence = loadEvidence()
  for (const { isFunction, text } of evidence.definitions) {
    if (!text.includes(`#${hex(idOf(text))}`)) throw new Error(`the id is not that of this line: ${text}`)
    spellings.isFunction.set(text, isFunction)
  }
  const byTitle = new Map(
    [...spellings.isFunction.keys()].toReversed().map((text) => [text.split(' ')[0] ?? '', text]),
  )
  const layers = fillGaps(exact, evidence, byTitle)
  const entries = new Map<string, number[]>()
  for (const [layer, texts] of layers) {
    for (const text of texts.values()) entries.set(text, [...(entries.get(text) ?? []), layer])
  }
  const section = (isFunction: boolean): string[] =>
    [...entries]
      .filter(([text]) => spellings.isFunction.get(text) === isFunction)
      .map(([text, current]) => `${ranges(current)} ${widened(text)}`)
      .toSorted(compareNames)
  const all = ranges([...layers.keys()])
  const lines = [
    `layers ${all}`,
    `exact ${ranges([...exact.keys()].toSorted((a, b) => a - b)).replaceAll(',', ' ')}`,
    '---types---',
    ...section(false),
    '---functions---',
    ...section(true),
    ...mtproto.map((line) => (line.startsWith('-') ? line.replace('---', '---mtproto ') : `${all} ${line}`)),
  ]
  writeFileSync(POOL_FILE, `${lines.join('\n')}\n`)
  console.log(`${lines.length} lines, layers ${all}, ${exact.size} of them exact`)
}

/** By name, the newest definition of a name first. */
function compareNames(a: string, b: string): number {
  const [, nameA = ''] = / ([^#]+)/.exec(a) ?? []
  const [, nameB = ''] = / ([^#]+)/.exec(b) ?? []
  if (nameA !== nameB) return nameA < nameB ? -1 : 1
  return lastOf(b) - lastOf(a)
}

function lastOf(line: string): number {
  return Number(line.slice(0, line.indexOf(' ')).split(/[-,]/).at(-1))
}

if (import.meta.main) main()
