import { inTurn, rowOf, type Bench, type Costed } from '../bench.ts'
import { PART_BYTES } from '../load/files.ts'
import type { Done } from '../load/traffic.ts'
import type { BenchRow } from '../row.ts'

/** Some people with a few parts on their way each, as clients have. */
const CONNECTIONS = 4
const WINDOW = 4
const DOWNLOADED_BYTES = 16 * PART_BYTES

/** Parts of half a megabyte, each on the disk before it is answered; and the same bytes fetched. */
export async function fileRows(bench: Bench): Promise<BenchRow[]> {
  const { load, scale } = bench
  const options = {
    connections: CONNECTIONS,
    window: WINDOW,
    warmMs: scale.warmMs,
    measureMs: scale.measureMs / 2,
  }
  const up = await inTurn(bench, 'uploads', (target) => load.run('uploads', { target, ...options }))
  for (const target of ['server', 'bare'] as const)
    await load.run('haveFiles', { target, size: DOWNLOADED_BYTES, ...options })
  const down = await inTurn(bench, 'downloads', (target) => load.run('downloads', { target, ...options }))
  const megabytes = (each: Done): number => (each.perSecond * PART_BYTES) / 1e6
  const serverMs = (each: Costed<Done>): number => each.serverUs / 1000
  return [
    rowOf('upload', 'MB/s', up, megabytes, 'ratio ≥ 0.5'),
    rowOf('for a part, the server', 'ms', up, serverMs),
    rowOf('download', 'MB/s', down, megabytes, 'ratio ≥ 0.5'),
    rowOf('for a part, the server', 'ms', down, serverMs),
  ]
}
