import { parseArgs } from 'node:util'
import { soak } from './soak.ts'
import type { Sample } from './verdict.ts'

const usage = `node test/soak/main.ts [--minutes N] [--rate N] [--people N] [--devices N] [--seed S]

Lets people use a server at a moderate rate for an hour (60 minutes, 15 operations a second, 12 people with 2 devices
each, unless said otherwise), looks each minute at what it holds, and says whether memory stayed flat and all
descriptors were given back. In the end every device holds what the database holds.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      rate: { type: 'string', default: '15' },
      people: { type: 'string', default: '12' },
      devices: { type: 'string', default: '2' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const seed = values.seed ? Number(values.seed) : Date.now() % 1_000_000
  const startedAt = performance.now()
  const outcome = await soak({
    minutes: Number(values.minutes),
    perSecond: Number(values.rate),
    people: Number(values.people),
    devices: Number(values.devices),
    seed,
    say: (text) =>
      console.error(`${((performance.now() - startedAt) / 60_000).toFixed(1).padStart(5)} min  ${text}`),
  })
  const { samples, done, verdict, faults } = outcome
  console.log(`seed ${seed}: ${JSON.stringify(done)}\n`)
  console.log(table(samples))
  console.log(`\n${JSON.stringify({ ...verdict, faults: [...verdict.faults, ...faults] }, null, 2)}`)
  return verdict.faults.length + faults.length === 0 ? 0 : 1
}

function table(samples: readonly Sample[]): string {
  const names = Object.keys(samples[0] ?? {}) as (keyof Sample)[]
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rows = samples.map((sample) => line(names.map((name) => String(Number(sample[name].toFixed(1))))))
  return [line(names), line(names.map(() => '---:')), ...rows].join('\n')
}

// Databases end with this process, but not by themselves when it is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.exitCode = await main()
