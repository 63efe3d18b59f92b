/**
 * The property test of all layers: `node test/tl/layers-long.ts [rounds] [seed]`. Prints for each layer which share of
 * random newest objects it cannot say, and which requests it refuses, and writes the shares to
 * test/tl/layers-refused.tsv, which docs/layers.md shows.
 */
import { writeFileSync } from 'node:fs'
import { checkAnswers, checkRequests, type Outcome } from './layer-values.ts'
import { strictPool } from './strict.ts'

const [rounds = 1, firstSeed = 1] = process.argv.slice(2).map(Number)
const lines: string[] = []
for (const layer of strictPool().layers) {
  const seeds = Array.from({ length: rounds }, (_, i) => firstSeed + i * 7919)
  const answers = seeds.map((seed) => checkAnswers(layer, seed, 1))
  const requests = seeds.map((seed) => checkRequests(layer, seed, 1))
  lines.push([layer, percent(answers), percent(requests)].join('\t'))
  console.log(
    `layer ${layer}: of answers ${percent(answers)} % refused, of requests ${percent(requests)} %: ${names(requests)}`,
  )
}
writeFileSync(new URL('layers-refused.tsv', import.meta.url), `${lines.join('\n')}\n`)

function percent(outcomes: readonly Outcome[]): string {
  const written = outcomes.reduce((sum, one) => sum + one.written, 0)
  const refused = outcomes.reduce((sum, one) => sum + count(one), 0)
  return ((100 * refused) / (written + refused)).toFixed(1)
}

function count({ refused }: Outcome): number {
  return [...refused.values()].reduce((sum, times) => sum + times, 0)
}

function names(outcomes: readonly Outcome[]): string {
  return [...new Set(outcomes.flatMap(({ refused }) => [...refused.keys()]))].join(' ')
}
