import { median, type Bench } from '../bench.ts'
import type { BenchRow } from '../row.ts'

/** What somebody misses who is away for a day or two. */
const MISSED = 10_000

/**
 * How long somebody who was away asks for the difference, one slice after the other, until nothing is missing, beside
 * the time that PostgreSQL takes to give the same rows at once.
 */
export async function differenceRows(bench: Bench): Promise<BenchRow[]> {
  const { load, bare, say, scale, databaseUrl } = bench
  say(`sending ${MISSED} messages that are missed`)
  const missed = await load.run('miss', { count: MISSED })
  const taken: { sec: number; slices: number; rowsSec: number }[] = []
  for (let round = 1; round <= scale.rounds; round++) {
    say(`difference, ${round} of ${scale.rounds}`)
    const { sec, slices } = await load.run('catchUp', missed)
    const { sec: rowsSec } = await bare.run('readLog', { databaseUrl, ...missed })
    taken.push({ sec, slices, rowsSec })
  }
  const value = median(taken.map((each) => each.sec))
  const yardstick = median(taken.map((each) => each.rowsSec))
  const slices = taken[0]?.slices ?? 0
  const name = `difference after ${MISSED} missed updates, ${slices} slices`
  return [{ name, value, unit: 's', yardstick, ratio: value / yardstick, goal: '≤ 1' }]
}
