import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import pino from 'pino'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { lockDirectory } from '../../src/store/directory-lock.ts'
import { DatabaseError } from '../../src/store/errors.ts'
import { takeDatabase, type HeldDatabase } from '../../src/store/own-database.ts'
import { connectTo } from '../harness/postgres.ts'

const log = pino({ level: 'silent' })
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chappe-own-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

test('one server at a time, and commands beside it', { timeout: 120_000 }, async () => {
  const server = await take('server')
  await expect(take('server')).rejects.toThrow(DatabaseError)
  const command = await take('command')
  expect(command.url).toBe(server.url)
  await command.release()
  expect(await isUp(server.url)).toBe(true)
  await server.release()
})

test('a command does not guess where a server has its database', async () => {
  const database = inject('postgresUrl')
  const server = await takeDatabase({ dataDir, database, holder: 'server', log })
  expect(server.url).toBe(database)
  await expect(take('command')).rejects.toThrow('--database')
  const command = await takeDatabase({ dataDir, database, holder: 'command', log })
  expect(command.url).toBe(database)
  await command.release()
  await server.release()
})

test('commands without a server take turns', { timeout: 120_000 }, async () => {
  const use = async (): Promise<boolean> => {
    const held = await take('command')
    try {
      return await isUp(held.url)
    } finally {
      await held.release()
    }
  }
  expect(await Promise.all([use(), use(), use()])).toEqual([true, true, true])
})

test('a server waits for a command that came before', async () => {
  const command = await take('command')
  const server = take('server')
  await command.release()
  const held = await server
  expect(await isUp(held.url)).toBe(true)
  await held.release()
})

test('the lock ends with whoever had it, and says who has it', async () => {
  const first = await lockDirectory(dataDir, 'server')
  expect(await lockDirectory(dataDir, 'command')).toEqual({ heldBy: 'server' })
  if ('release' in first) first.release()
  const second = await lockDirectory(dataDir, 'command')
  expect(await lockDirectory(dataDir, 'server')).toEqual({ heldBy: 'command' })
  if ('release' in second) second.release()
})

test('of many who want the lock at once, each has it in the end', async () => {
  const own = async (): Promise<void> => {
    for (let times = 0; times < 20;) {
      const lock = await lockDirectory(dataDir, 'command')
      await setImmediate()
      if (!('release' in lock)) continue
      lock.release()
      times++
    }
  }
  await Promise.all([own(), own(), own(), own()])
})

function take(holder: 'server' | 'command'): Promise<HeldDatabase> {
  return takeDatabase({ dataDir, database: undefined, holder, log })
}

async function isUp(url: string): Promise<boolean> {
  await using db = await connectTo(url)
  const rows = await db.sql`select 1`
  return rows.length === 1
}
