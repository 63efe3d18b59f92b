import { inTurn, rowOf, type Bench } from '../bench.ts'
import type { BenchRow } from '../row.ts'

/** Two cheap calls: one that needs no database, one that reads a row. */
export async function callRows(bench: Bench): Promise<BenchRow[]> {
  const { load, scale } = bench
  const { warmMs, measureMs, window } = scale
  const rows: BenchRow[] = []
  for (const method of ['help.getNearestDc', 'updates.getState'] as const) {
    const taken = await inTurn(bench, method, (target) =>
      load.run('calls', { target, method, window, warmMs, measureMs: measureMs / 2 }),
    )
    rows.push(rowOf(method, '/s', taken, (each) => each.perSecond))
    rows.push(rowOf('for one, the server', 'µs', taken, (each) => each.serverUs))
  }
  return rows
}
