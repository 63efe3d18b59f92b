import { inTurn, rowOf, type Bench } from '../bench.ts'
import type { BenchRow } from '../row.ts'

/** Exchanges under way at a time. */
export const AT_ONCE = 16

/** Authorization keys made from a first connection to a durable key, beside the arithmetic of one alone. */
export async function handshakeRows(bench: Bench): Promise<BenchRow[]> {
  const { load, bare, address, publicKey, scale } = bench
  const { warmMs, measureMs } = scale
  const taken = await inTurn(bench, 'handshakes', (target) =>
    target === 'server'
      ? load.run('handshakes', { address, publicKey, atOnce: AT_ONCE, warmMs, measureMs })
      : bare.run('exchanges', { measureMs: measureMs / 3 }),
  )
  return [
    rowOf('handshakes', '/s', taken, (each) => each.perSecond, 'ratio ≥ 0.6'),
    rowOf('for one, the server', 'µs', taken, (each) => each.serverUs),
  ]
}
