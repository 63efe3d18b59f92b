/** The datacenters of one server, when there are several. */
export interface ServedDcs {
  readonly ids: readonly number[]
  /** To which one a key belongs whose client named none, where the door leads to all of them. */
  readonly fallback: number
}

/** The datacenter that an address leads to; undefined when it leads to all. */
export type Door = number | undefined

/** Whether a key of a datacenter may be used through a door. */
export function isServedBy(dcs: ServedDcs, keyDc: number, door: Door): boolean {
  const dc = keyDc || dcs.fallback
  return door === undefined ? dcs.ids.includes(dc) : door === dc
}

/**
 * Whether two keys belong to one datacenter. Keys that were made while the server was but one may belong to none.
 */
export function isSameDc(dcs: ServedDcs | undefined, one: number, other: number): boolean {
  return !dcs || (one || dcs.fallback) === (other || dcs.fallback)
}
