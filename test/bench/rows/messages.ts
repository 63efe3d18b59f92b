import { inTurn, median, rowOf, type Bench, type Target } from '../bench.ts'
import type { Delivered } from '../load/traffic.ts'
import { processorTime } from '../processor.ts'
import type { BenchRow } from '../row.ts'

/** A run, with the microseconds that the processors worked for each message: in the server, and in PostgreSQL. */
interface Run extends Delivered {
  readonly serverUs: number
  readonly databaseUs: number
}

/**
 * Private messages: how many are sent, stored and delivered a second when each sender keeps a few requests in flight,
 * and how long one takes from when it is due until its receiver has it, at half of that rate.
 */
export async function messageRows(bench: Bench): Promise<BenchRow[]> {
  const { load, scale } = bench
  const { warmMs, measureMs, window } = scale
  const full = await inTurn(bench, 'messages', (target) =>
    withCosts(bench, target, () => load.run('messages', { target, window, warmMs, measureMs })),
  )
  const perSecond = median(full.server.map((each) => each.perSecond)) / 2
  const half = await inTurn(bench, `messages at ${perSecond.toFixed(0)} a second`, (target) =>
    withCosts(bench, target, () => load.run('pacedMessages', { target, perSecond, warmMs, measureMs })),
  )
  const row = (
    name: string,
    unit: string,
    taken: { server: Run[]; bare: Run[] },
    pick: (each: Run) => number,
  ): BenchRow =>
    rowOf(name, unit, {
      server: taken.server.map((each) => pick(each)),
      bare: taken.bare.map((each) => pick(each)),
    })
  return [
    row('private messages', '/s', full, (each) => each.perSecond),
    row('processor time of one: the server', 'µs', full, (each) => each.serverUs),
    row('processor time of one: PostgreSQL', 'µs', full, (each) => each.databaseUs),
    row('at half load, sent to received, p50', 'ms', half, (each) => each.p50Ms),
    row('at half load, sent to received, p99', 'ms', half, (each) => each.p99Ms),
    row('at half load, the server', 'µs', half, (each) => each.serverUs),
    row('at half load, PostgreSQL', 'µs', half, (each) => each.databaseUs),
  ]
}

/** Both servers use the PostgreSQL that Chappe has started. */
async function withCosts(bench: Bench, target: Target, run: () => Promise<Delivered>): Promise<Run> {
  const serverPid = bench.server.file.pid
  const ownPid = target === 'server' ? serverPid : bench.bare.pid
  const now = (): { own: number; database: number } => ({
    own: processorTime(ownPid)?.own ?? Number.NaN,
    database: processorTime(serverPid)?.below ?? Number.NaN,
  })
  const before = now()
  const delivered = await run()
  const after = now()
  return {
    ...delivered,
    serverUs: (after.own - before.own) / delivered.count,
    databaseUs: (after.database - before.database) / delivered.count,
  }
}
