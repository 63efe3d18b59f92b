import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { connectTo, createTestDatabase, type TestDatabase } from '../harness/postgres.ts'
import { Interleaving } from './interleaving.ts'

const RUNS = Number(process.env['CHAPPE_RUNS'] ?? 20)
const STEPS = 300

let database: TestDatabase
let db: Database

beforeAll(async () => {
  database = await createTestDatabase()
  db = await connectTo(database.url)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

test('however doorbells, reads and renderings interleave, each session gets each change once and in order', async () => {
  const first = Number(process.env['CHAPPE_SEED'] ?? Date.now() % 1_000_000)
  for (let seed = first; seed < first + RUNS; seed++) {
    await db.transaction((tx) => tx.sql.unsafe('truncate box, box_queue, update_log'))
    const faults = await new Interleaving(db, seed).run(STEPS)
    expect(faults, `CHAPPE_SEED=${seed} CHAPPE_RUNS=1 tries it again`).toEqual([])
  }
})
