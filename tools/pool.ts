/**
 * Builds schema/pool.tl from packages that ship TL definitions: `node tools/pool.ts`.
 *
 * Only facts are taken: names, ids, fields, types. Each definition is checked against its id, which is the CRC-32 of
 * its line (https://core.telegram.org/mtproto/TL-formal#constructor-names), so that a wrong field cannot slip in.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { SOURCES, withPackage, type RawDefinition, type Source } from './pool-sources.ts'

const POOL_FILE = new URL('../schema/pool.tl', import.meta.url)
const MTPROTO_FILE = new URL('./mtproto.tl', import.meta.url)

interface Entry extends RawDefinition {
  readonly layers: number[]
}

/** The id that a definition has by its line. */
export function idOf(text: string): number {
  const line = text
    .replace(/#[0-9a-f]{1,8}(?= )/, '')
    .replace(/ \w+:flags\d*\.\d+\?true(?= )/g, '')
    .replace(/:bytes(?= )/g, ':string')
    .replace(/\?bytes(?= )/g, '?string')
    .replace(/[<]/g, ' ')
    .replace(/[>{}]/g, '')
  return crc32(line)
}

/**
 * Collects each distinct definition with its layers. The newer spelling wins where the id cannot tell (bytes, string).
 * A definition whose id does not verify is spelled wrong by that package: the spelling of another source with the same
 * id is taken, and where there is none it is left out and named.
 */
function collect(skip: ReadonlySet<number>, read: (source: Source) => RawDefinition[]): Entry[] {
  const entries = new Map<string, Entry>()
  const misspelt: { id: number; source: Source; text: string }[] = []
  for (const source of SOURCES.toSorted((a, b) => b.layer - a.layer)) {
    for (const definition of read(source)) {
      const { id, text } = definition
      if (skip.has(id)) continue
      if (idOf(text) !== id) {
        misspelt.push({ id, source, text })
        continue
      }
      const key = text.replaceAll('bytes', 'string')
      const known = entries.get(key)
      if (!known) entries.set(key, { ...definition, layers: [source.layer] })
      else if (!known.layers.includes(source.layer)) known.layers.push(source.layer)
    }
  }
  const all = [...entries.values()]
  for (const { id, source, text } of misspelt) {
    const known = all.find((entry) => entry.id === id)
    if (!known) console.log(`${source.package}: left out, its id is not that of its line: ${text}`)
    else if (!known.layers.includes(source.layer)) known.layers.push(source.layer)
  }
  return all
}

/** `198-227,229`: runs of known layers; a layer that no source has lies inside a run when both its neighbours do. */
function ranges(layers: number[], known: readonly number[]): string {
  const runs: [number, number][] = []
  for (const layer of layers.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last && known[known.indexOf(layer) - 1] === last[1]) last[1] = layer
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
  const known = [...new Set(SOURCES.map((source) => source.layer))].toSorted((a, b) => a - b)
  const entries = collect(mtprotoIds, (source) =>
    withPackage(source.package, (folder) => source.read(join(folder, source.file))),
  )
  const section = (isFunction: boolean): string[] =>
    entries
      .filter((entry) => entry.isFunction === isFunction)
      .map((entry) => `${ranges(entry.layers, known)} ${entry.text}`)
      .toSorted(compareNames)
  const all = `${known[0]}-${known.at(-1)}`
  const lines = [
    `layers ${known.join(' ')}`,
    '---types---',
    ...section(false),
    '---functions---',
    ...section(true),
    ...mtproto.map((line) => (line.startsWith('-') ? line.replace('---', '---mtproto ') : `${all} ${line}`)),
  ]
  writeFileSync(POOL_FILE, `${lines.join('\n')}\n`)
  console.log(`${lines.length} lines, layers ${known.join(' ')}`)
}

function hex(id: number): string {
  return id.toString(16).padStart(8, '0')
}

/** By name, the newest definition of a name first. */
function compareNames(a: string, b: string): number {
  const [, nameA = ''] = / ([^#]+)/.exec(a) ?? []
  const [, nameB = ''] = / ([^#]+)/.exec(b) ?? []
  if (nameA !== nameB) return nameA < nameB ? -1 : 1
  return Number(b.split(' ')[0]?.split('-').at(-1)) - Number(a.split(' ')[0]?.split('-').at(-1))
}

if (import.meta.main) main()
