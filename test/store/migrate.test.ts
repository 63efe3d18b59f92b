import pino from 'pino'
import { expect, test } from 'vitest'
import { migrate, MigrationError } from '../../src/store/migrate.ts'
import { connectTo, createEmptyDatabase, createTestDatabase } from '../harness/postgres.ts'

const log = pino({ level: 'silent' })

test('a new database is brought to this version once', async () => {
  await using database = await createEmptyDatabase()
  await using db = await connectTo(database.url)
  expect(await migrate(db, log)).toContain('0001_core.sql')
  expect(await migrate(db, log)).toEqual([])
})

test('two nodes that start at once migrate once', async () => {
  await using database = await createEmptyDatabase()
  await using one = await connectTo(database.url)
  await using other = await connectTo(database.url)
  const runs = await Promise.all([migrate(one, log), migrate(other, log)])
  expect(runs.filter((run) => run.length > 0)).toHaveLength(1)
})

test('a database of a newer version is left alone', async () => {
  await using database = await createTestDatabase()
  await using db = await connectTo(database.url)
  await db.single((tx) => tx.sql`insert into migration (name, hash) values ('9999_later.sql', 'x')`)
  await expect(migrate(db, log)).rejects.toThrow(MigrationError)
  await expect(migrate(db, log)).rejects.toThrow('9999_later.sql')
})

test('a database that was made by another text of a migration is left alone', async () => {
  await using database = await createTestDatabase()
  await using db = await connectTo(database.url)
  await db.single((tx) => tx.sql`update migration set hash = 'x' where name = '0001_core.sql'`)
  await expect(migrate(db, log)).rejects.toThrow(MigrationError)
})
