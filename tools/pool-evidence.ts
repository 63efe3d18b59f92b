import { readFileSync } from 'node:fs'

const EVIDENCE_FILE = new URL('./pool-evidence.tsv', import.meta.url)

/** What is known of layers that no package ships. */
export interface Evidence {
  /** For each layer: the id of the definition that was current under a name, or undefined for none. */
  readonly layers: ReadonlyMap<number, ReadonlyMap<string, string | undefined>>
  /** Definitions that were current in none of the layers that packages ship. */
  readonly definitions: readonly { readonly isFunction: boolean; readonly text: string }[]
}

/**
 * Reads tools/pool-evidence.tsv: `layers<TAB>name#id` says which of the definitions was current where the neighbours of
 * those layers differ, as the ids tell that clients of those layers use (TDLib, gotd and Telethon at the state of that
 * layer); `layers<TAB>name` that there was none.
 */
export function loadEvidence(): Evidence {
  const layers = new Map<number, Map<string, string | undefined>>()
  const definitions: { isFunction: boolean; text: string }[] = []
  for (const line of readFileSync(EVIDENCE_FILE, 'utf8').split('\n')) {
    const [ranges, title, kind, text] = line.split('\t')
    if (!ranges || title === undefined || line.startsWith('#')) continue
    const [name = '', id] = title.split('#')
    if (text !== undefined) definitions.push({ isFunction: kind === 'function', text })
    for (const range of ranges.split(',')) {
      const [first = 0, last = first] = range.split('-').map(Number)
      for (let layer = first; layer <= last; layer++) {
        const rows = layers.get(layer) ?? new Map<string, string | undefined>()
        layers.set(layer, rows.set(name, id))
      }
    }
  }
  return { layers, definitions }
}
