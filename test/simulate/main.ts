import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { loadServerKeys } from '../../src/server-keys.ts'
import { openDatabase } from '../../src/store/database.ts'
import { startEmbeddedPostgres } from '../../src/store/embedded.ts'
import { databaseUrl } from '../harness/postgres-url.ts'
import { simulate } from './simulation.ts'

const usage = `node test/simulate/main.ts [--seed N] [--steps M] [--rounds R] [--people P] [--devices D] [--calm]

People use a server while connections break, doorbells get lost and servers are started anew; in the end every device
must hold what the database holds. Round after round, each with the next seed.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      steps: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '1' },
      people: { type: 'string', default: '4' },
      devices: { type: 'string', default: '3' },
      calm: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  await using cleaning = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'chappe-simulate-'))
  cleaning.defer(() => rm(dir, { recursive: true, force: true }))
  const log = pino({ level: 'silent' })
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), log, settings })
  cleaning.defer(() => postgres.stop())
  const data = join(dir, 'data')
  await loadServerKeys(data)
  const first = values.seed ? Number(values.seed) : Date.now() % 1_000_000
  let failed = 0
  for (let round = 0; round < Number(values.rounds); round++) {
    const seed = first + round
    const name = `simulation_${seed}`
    const admin = await openDatabase({ url: postgres.url, log, connections: 1 })
    await admin.sql.unsafe(`create database ${name}`)
    await admin.close()
    const startedAt = performance.now()
    const outcome = await simulate({
      seed,
      steps: Number(values.steps),
      people: Number(values.people),
      devices: Number(values.devices),
      hasFaults: !values.calm,
      restarts: Number(values.steps),
      budgetMs: 3_600_000,
      database: databaseUrl(postgres.url, name),
      data,
      say: (text) => console.error(`seed ${seed}: ${text}`),
    })
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const verdict = outcome.faults.length === 0 ? 'ok' : `${outcome.faults.length} FAULTS`
    console.log(`seed ${seed}: ${verdict} in ${seconds} s ${JSON.stringify(outcome.figures)}`)
    for (const fault of outcome.faults.slice(0, 30)) console.log(`  ${fault}`)
    if (outcome.faults.length > 0) failed++
  }
  return failed === 0 ? 0 : 1
}

// Databases end with this process, but not by themselves when it is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.exitCode = await main()
