import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../harness/postgres.ts'
import { simulate, type Outcome, type SimulationOptions } from './simulation.ts'

/** Enough for a short run; the operations of a long one are begun by hand (test/simulate/main.ts). */
const SHORT = { people: 4, devices: 3, hasFaults: true, restarts: 2, budgetMs: 8_000 } as const

test(
  'whatever goes wrong, every device ends up with what the database holds',
  { timeout: 180_000 },
  async () => {
    const seed = Number(process.env['CHAPPE_SEED'] ?? Date.now() % 1_000_000)
    const { faults, figures } = await run({ ...SHORT, seed, steps: 400 })
    console.log(`simulated with seed ${seed}: ${JSON.stringify(figures)}`)
    expect(faults, `CHAPPE_SEED=${seed} tries it again`).toEqual([])
  },
)

test(
  'as long as nothing goes wrong, what is pushed is all that is needed',
  { timeout: 180_000 },
  async () => {
    const { faults, figures } = await run({ ...SHORT, hasFaults: false, seed: 1, steps: 250 })
    expect(faults).toEqual([])
    expect(figures['gaps']).toBe(0)
  },
)

async function run(options: Omit<SimulationOptions, 'database' | 'data'>): Promise<Outcome> {
  await using cleaning = new AsyncDisposableStack()
  const database = cleaning.use(await createTestDatabase())
  const data = await mkdtemp(join(tmpdir(), 'chappe-simulate-'))
  cleaning.defer(() => rm(data, { recursive: true, force: true }))
  await cp(inject('keysFrom'), data, { recursive: true })
  return await simulate({ ...options, database: database.url, data })
}
