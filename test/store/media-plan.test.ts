import { afterAll, beforeAll, expect, test } from 'vitest'
import { MediaKind } from '../../src/domain/media/kinds.ts'
import { countMatches, readMatchesBefore, type SearchFor } from '../../src/domain/messages/search-store.ts'
import type { PeerId, UserId } from '../../src/lib/ids.ts'
import type { Database } from '../../src/store/database.ts'
import { connectTo, createTestDatabase, type TestDatabase } from '../harness/postgres.ts'

let database: TestDatabase
let db: Database & AsyncDisposable

const wanted: SearchFor = {
  boxId: 1000001 as UserId,
  peerId: 1000002 as PeerId,
  patterns: [],
  fromId: undefined,
  kind: [MediaKind.voice],
  minDate: 0,
  maxDate: 0,
  folderId: undefined,
}

beforeAll(async () => {
  database = await createTestDatabase()
  db = await connectTo(database.url)
  // Of 20,000 messages, 10,000 are photos, ten videos and ten voice messages.
  await db.sql.unsafe(`insert into message (box_id, id, peer_id, from_id, random_id, date, media_kind)
    select 1000001, n, 1000002, 1000001, n, n, case when n % 2 = 0 then 1 when n % 2000 = 1 then 5 when n % 2000 = 3 then 2 end
    from generate_series(1, 20000) n`)
  await db.sql.unsafe('vacuum analyze message')
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

/** How PostgreSQL carries out what a search asks. */
async function planOf(run: (db: Database) => Promise<unknown>): Promise<string> {
  const sql = (template: TemplateStringsArray, ...values: never[]): unknown => {
    const isWhole = /^\s*select (?!from)/.test(template[0] ?? '')
    const [first, ...rest] = template
    const text = isWhole ? [`explain (analyze, timing off) ${first}`, ...rest] : [...template]
    return db.sql(Object.assign(text, { raw: template.raw }), ...values)
  }
  const rows = (await run({ sql: Object.assign(sql, { array: db.sql.array }) } as unknown as Database)) as
    | Record<string, string>[]
    | undefined
  return (rows ?? []).flatMap((row) => Object.values(row)).join('\n')
}

test.each([
  { name: 'one kind', kind: [MediaKind.voice] },
  { name: 'several kinds', kind: [MediaKind.voice, MediaKind.video] },
])('shared media of $name is read along the index of its kind', async ({ kind }) => {
  const range = { positionId: 2 ** 31 - 1, skip: 0, limit: 5 }
  const plan = await planOf((tx) => readMatchesBefore(tx, { ...wanted, kind }, range))
  expect(plan).toMatch(/Index Scan Backward using message_media/)
  expect(plan).not.toMatch(/Seq Scan|Rows Removed by Filter|message_peer|message_pkey/)
  const found = await readMatchesBefore(db, { ...wanted, kind }, range)
  expect(found).toHaveLength(5)
  expect(await countMatches(db, { ...wanted, kind }, 1000)).toBe(10 * kind.length)
})

test('and so is that of all chats', async () => {
  const everywhere = { ...wanted, peerId: undefined }
  const range = { positionId: 2 ** 31 - 1, skip: 0, limit: 5 }
  const plan = await planOf((tx) => readMatchesBefore(tx, everywhere, range))
  expect(plan).toMatch(/Index Scan Backward using message_media_box/)
  expect(plan).not.toMatch(/Seq Scan|Rows Removed by Filter/)
})
