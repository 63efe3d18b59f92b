import type { Config } from '../../config.ts'
import type { Context } from '../../context.ts'
import { rpcError } from '../../tl/rpc-error.ts'

/** The datacenters that clients have compiled in. A server that is alone is all of them, so that none looks elsewhere. */
const KNOWN_DCS = [1, 2, 3, 4, 5]

/** Whether there are others beside this one. */
export function areSeveral({ datacenters: { here, elsewhere } }: Config): boolean {
  return here.length + elsewhere.length > 1
}

/** The numbers of all datacenters, ascending; of a server that is alone, all that clients may ask about. */
export function datacenterIds({ config }: Context): number[] {
  const { here, elsewhere } = config.datacenters
  const ids = areSeveral(config) ? [...here, ...elsewhere.map(({ id }) => id)] : [...KNOWN_DCS, config.dc]
  return [...new Set(ids)].sort((a, b) => a - b)
}

/** The datacenter of a call: that of its key, or this one. */
export function dcOf({ config }: Context, keyDc: number): number {
  return keyDc === 0 ? config.dc : keyDc
}

/** Whether this is the number of a datacenter. */
export function isDatacenter(ctx: Context, dc: number): boolean {
  return datacenterIds(ctx).includes(dc)
}

/**
 * Where somebody is at home, by what is stored: nothing of those who came before there were several, and perhaps one
 * that is no more.
 */
export function homeOf(ctx: Context, stored: number | null): number {
  const { config } = ctx
  if (stored !== null && isDatacenter(ctx, stored)) return stored
  return config.datacenters.elsewhere.length === 0 ? config.dc : Math.min(...datacenterIds(ctx))
}

/** The datacenter that a new number from this address belongs to. */
export function nearestDc({ config }: Context, ip: string, thisDc: number): number {
  if (!areSeveral(config)) return thisDc
  return config.datacenters.nearest.find(({ isIn }) => isIn(ip))?.dc ?? thisDc
}

/**
 * Sends on whoever asks for a file, or for statistics, that another datacenter keeps. Throws FILE_MIGRATE_X or
 * STATS_MIGRATE_X. https://core.telegram.org/api/datacenter#file-access
 */
export function checkObjectDc(
  ctx: Context,
  keyDc: number,
  objectDc: number,
  error: 'FILE_MIGRATE_%d' | 'STATS_MIGRATE_%d',
): void {
  const isElsewhere = areSeveral(ctx.config) && isDatacenter(ctx, objectDc) && objectDc !== dcOf(ctx, keyDc)
  if (isElsewhere) throw rpcError(error, objectDc)
}
