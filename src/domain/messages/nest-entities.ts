import type * as T from '../../tl/schema.d.ts'

type Entity = T.MessageEntity

/**
 * Sorts entities and makes them a tree: code stands alone, links and mentions do not overlap one another, equal styles
 * that touch become one, and what crosses the end of another is cut there.
 * https://core.telegram.org/api/entities
 */
export function nestEntities(entities: readonly Entity[]): Entity[] {
  const code = disjoint(entities.filter((entity) => rank(entity) === Rank.code))
  const links = disjoint(entities.filter((entity) => rank(entity) === Rank.link)).filter(
    (entity) => !code.some((block) => overlaps(block, entity)),
  )
  const quotes = disjoint(entities.filter((entity) => rank(entity) === Rank.quote))
  const styles = mergeStyles(entities.filter((entity) => rank(entity) === Rank.style))
  const cut = styles.flatMap((style) => subtract(style, code))
  return splitCrossing([...quotes, ...links, ...code, ...cut])
}

/** The outer ones first. */
const Rank = { quote: 0, link: 1, code: 2, style: 3 } as const

function rank(entity: Entity): number {
  switch (entity._) {
    case 'messageEntityBlockquote':
      return Rank.quote
    case 'messageEntityCode':
    case 'messageEntityPre':
      return Rank.code
    case 'messageEntityBold':
    case 'messageEntityItalic':
    case 'messageEntityUnderline':
    case 'messageEntityStrike':
    case 'messageEntitySpoiler':
      return Rank.style
    default:
      return Rank.link
  }
}

function endOf(entity: Entity): number {
  return entity.offset + entity.length
}

function overlaps(a: Entity, b: Entity): boolean {
  return a.offset < endOf(b) && b.offset < endOf(a)
}

/** The first of those that overlap stays. */
function disjoint(entities: readonly Entity[]): Entity[] {
  const kept: Entity[] = []
  for (const entity of [...entities].sort(compare)) {
    const last = kept.at(-1)
    if (!last || entity.offset >= endOf(last)) kept.push(entity)
  }
  return kept
}

function mergeStyles(entities: readonly Entity[]): Entity[] {
  const merged = new Map<string, Entity[]>()
  for (const entity of [...entities].sort(compare)) {
    const same = merged.get(entity._) ?? []
    const last = same.at(-1)
    if (last && entity.offset <= endOf(last)) {
      same[same.length - 1] = { ...last, length: Math.max(endOf(last), endOf(entity)) - last.offset }
    } else {
      same.push(entity)
    }
    merged.set(entity._, same)
  }
  return [...merged.values()].flat()
}

function subtract(entity: Entity, blocks: readonly Entity[]): Entity[] {
  const parts: Entity[] = []
  let start = entity.offset
  for (const block of blocks) {
    if (!overlaps(block, entity)) continue
    if (block.offset > start) parts.push({ ...entity, offset: start, length: block.offset - start })
    start = Math.max(start, endOf(block))
  }
  if (start < endOf(entity)) parts.push({ ...entity, offset: start, length: endOf(entity) - start })
  return parts
}

/** Cuts each entity at the end of the one around it, so that none crosses another. */
function splitCrossing(entities: readonly Entity[]): Entity[] {
  const queue = [...entities].sort(compare)
  const placed: Entity[] = []
  let open: Entity[] = []
  while (queue.length > 0) {
    const entity = queue.shift()!
    open = open.filter((outer) => endOf(outer) > entity.offset)
    const limit = Math.min(...open.map(endOf), Infinity)
    if (endOf(entity) <= limit) {
      placed.push(entity)
      open.push(entity)
      continue
    }
    const inner = { ...entity, length: limit - entity.offset }
    placed.push(inner)
    open.push(inner)
    insertSorted(queue, { ...entity, offset: limit, length: endOf(entity) - limit })
  }
  return placed
}

function insertSorted(queue: Entity[], entity: Entity): void {
  const index = queue.findIndex((other) => compare(entity, other) < 0)
  queue.splice(index < 0 ? queue.length : index, 0, entity)
}

function compare(a: Entity, b: Entity): number {
  return a.offset - b.offset || b.length - a.length || rank(a) - rank(b) || a._.localeCompare(b._)
}
