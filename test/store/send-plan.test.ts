import { afterAll, beforeAll, expect, test } from 'vitest'
import { outgoing } from '../../src/domain/messages/deliver.ts'
import { writeMessages } from '../../src/domain/messages/send-store.ts'
import type { UserId } from '../../src/lib/ids.ts'
import type { Database, Tx } from '../../src/store/database.ts'
import { connectTo, createTestDatabase, type TestDatabase } from '../harness/postgres.ts'

let database: TestDatabase
let db: Database & AsyncDisposable

beforeAll(async () => {
  database = await createTestDatabase()
  db = await connectTo(database.url)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const [from, to] = [1000001, 1000002] as UserId[]

/** How PostgreSQL carries out the statement that writes a message. */
async function planOfSending(): Promise<string> {
  const sql = (template: TemplateStringsArray, ...values: never[]): unknown => {
    const [first, ...rest] = template
    const explained = Object.assign([`explain ${first}`, ...rest], { raw: template.raw })
    return db.sql(explained, ...values)
  }
  const tx = { sql: Object.assign(sql, { array: db.sql.array }) } as unknown as Tx
  const message = outgoing({ fromId: from!, toId: to!, randomId: 1n, text: 'text' })
  const rows = (await writeMessages(tx, 0, [message])) as unknown as Record<string, string>[]
  return rows.flatMap((row) => Object.values(row)).join('\n')
}

test('whether a message was sent before is looked up by its random id, when nothing is known of the tables', async () => {
  const plan = await planOfSending()
  expect(plan).toMatch(/Index (Only )?Scan using message_random/)
  expect(plan).toMatch(/Index (Only )?Scan using sent_before_pkey/)
  expect(plan).not.toMatch(/Seq Scan|message_peer|message_pkey/)
})

test('also when they were found empty', async () => {
  await db.sql.unsafe('vacuum analyze')
  const plan = await planOfSending()
  expect(plan).toMatch(/Index (Only )?Scan using message_random/)
  expect(plan).not.toMatch(/Seq Scan|message_peer|message_pkey/)
})
