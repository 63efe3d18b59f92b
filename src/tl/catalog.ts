import { assert, must } from '../lib/assert.ts'
import { loadPool, newestDefinitions, type Definition, type Pool } from './pool.ts'

/** The pool, indexed: what a constructor id, a name or a union means. */
export interface Catalog {
  readonly pool: Pool
  readonly newestLayer: number
  /** By id as a signed 32-bit integer. Of definitions that differ in flags only, the newest, with the layers of all. */
  readonly byId: ReadonlyMap<number, Definition>
  /** The newest layer by name. */
  readonly newest: ReadonlyMap<string, Definition>
  /** The names of all constructors of all layers. */
  readonly constructors: ReadonlySet<string>
  /** The constructors that a union ever had in any layer, and in the newest. */
  readonly unions: ReadonlyMap<string, readonly Definition[]>
  readonly newestUnions: ReadonlyMap<string, readonly Definition[]>
}

/** Indexes a pool. */
function indexPool(pool: Pool): Catalog {
  const newest = byName(newestDefinitions(pool))
  const byId = new Map<number, Definition>()
  for (const definition of pool.definitions) {
    const known = byId.get(definition.id | 0)
    const ranges = [...(known?.ranges ?? []), ...definition.ranges]
    const latest = !known || lastLayer(definition) > lastLayer(known) ? definition : known
    byId.set(
      definition.id | 0,
      known ? { ...latest, ranges: ranges.toSorted((a, b) => a.last - b.last) } : latest,
    )
  }
  return {
    pool,
    newestLayer: must(pool.layers.at(-1), 'the pool has a layer'),
    byId,
    newest,
    constructors: new Set(pool.definitions.flatMap(({ name, isFunction }) => (isFunction ? [] : name))),
    unions: byUnion(byId.values()),
    newestUnions: byUnion(newest.values()),
  }
}

/** One definition for each name. */
export function byName(definitions: Iterable<Definition>): Map<string, Definition> {
  const result = new Map<string, Definition>()
  for (const definition of definitions) {
    assert(!result.has(definition.name), `one definition of ${definition.name} in a layer`)
    result.set(definition.name, definition)
  }
  return result
}

/** The constructors of each union. */
export function byUnion(definitions: Iterable<Definition>): Map<string, Definition[]> {
  const result = new Map<string, Definition[]>()
  for (const definition of definitions) {
    if (definition.isFunction) continue
    const members = result.get(definition.resultText)
    if (members) members.push(definition)
    else result.set(definition.resultText, [definition])
  }
  return result
}

function lastLayer(definition: Definition): number {
  return must(definition.ranges.at(-1), 'a definition has layers').last
}

/**
 * The constructor that a bare type names, by itself or by its union, as `owner` sees it: of several versions the one
 * that shares a layer with it.
 */
export function bareConstructor(catalog: Catalog, name: string, owner: Definition): Definition {
  const candidates = catalog.pool.definitions.filter(
    (definition) => !definition.isFunction && (definition.name === name || definition.resultText === name),
  )
  const shared = candidates.find((candidate) =>
    candidate.ranges.some((a) => owner.ranges.some((b) => a.first <= b.last && b.first <= a.last)),
  )
  return must(shared, `the bare type ${name} of ${owner.name} has a constructor`)
}

/** The known layer that serves a client which states `layer`: the same, or the nearest below, or the oldest. */
export function servedLayer(pool: Pool, layer: number): number {
  const below = pool.layers.findLast((known) => known <= layer)
  return below ?? must(pool.layers[0], 'the pool has a layer')
}

/** schema/pool.tl, read once: it is part of the program. */
export const catalog: Catalog = indexPool(loadPool())
