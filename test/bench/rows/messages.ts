import { inTurn, median, rowOf, type Bench } from '../bench.ts'
import type { BenchRow } from '../row.ts'

/**
 * Private messages: how many are sent, stored and delivered a second when each sender keeps a few requests in flight,
 * and how long one takes from when it is due until its receiver has it, at half of that rate.
 */
export async function messageRows(bench: Bench): Promise<BenchRow[]> {
  const { load, scale } = bench
  const { warmMs, measureMs, window } = scale
  const full = await inTurn(bench, 'messages', (target) =>
    load.run('messages', { target, window, warmMs, measureMs }),
  )
  const perSecond = median(full.server.map((each) => each.perSecond)) / 2
  const half = await inTurn(bench, `messages at ${perSecond.toFixed(0)} a second`, (target) =>
    load.run('pacedMessages', { target, perSecond, warmMs, measureMs }),
  )
  return [
    rowOf('private messages', '/s', full, (each) => each.perSecond, '≥ 3000, ratio ≥ 0.5'),
    rowOf('for one, the server', 'µs', full, (each) => each.serverUs),
    rowOf('for one, PostgreSQL', 'µs', full, (each) => each.databaseUs),
    rowOf('at half load, sent to received, p50', 'ms', half, (each) => each.p50Ms),
    rowOf('at half load, sent to received, p99', 'ms', half, (each) => each.p99Ms, '≤ 25'),
    rowOf('for one, the server', 'µs', half, (each) => each.serverUs),
    rowOf('for one, PostgreSQL', 'µs', half, (each) => each.databaseUs),
  ]
}
