import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommandHere } from '../harness/command.ts'
import { connectTo, createTestDatabase, type TestDatabase } from '../harness/postgres.ts'
import { runChappe, type CommandResult } from '../harness/server.ts'

/** Some tests run many commands, each in a process of its own. */
const MANY_MS = 180_000

let database: TestDatabase
let dir: string

beforeAll(async () => {
  database = await createTestDatabase()
  dir = await mkdtemp(join(tmpdir(), 'chappe-cli-'))
})
afterAll(async () => {
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

test('help lists every command and explains each', { timeout: MANY_MS }, async () => {
  const { code, stdout } = await runChappe(['help'])
  expect(code).toBe(0)
  const names = ['start', 'app', 'user', 'code', 'connect', 'adapt', 'help']
  for (const name of names) expect(stdout).toMatch(new RegExp(`^ +${name} `, 'm'))
  for (const name of names) {
    const page = await runCommandHere(['help', name])
    expect(page.code).toBe(0)
    expect(page.stdout).toContain(`chappe ${name}`)
  }
  expect((await runChappe(['app', '--help'])).stdout).toContain('chappe app')
})

describe('what the user did wrong is one line and exit code 2', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['dance'], /dance/],
    ['an unknown option', ['start', '--colour', 'blue'], /--colour/],
    ['a bad value', ['start', '--listen', 'here'], /--listen/],
    ['a missing option', ['app', 'create', '--title', 'T', '--short-name', 't'], /--phone/],
    ['no phone number', ['code', '12'], /12|PHONE_NUMBER_INVALID/],
    ['an unknown client', ['connect', 'pigeon'], /pigeon/],
    ['a file that is not there', ['adapt', '/nowhere/x.so', '--out', '/tmp/x.so'], /nowhere|server\.json/],
    [
      'a database that is not there',
      ['app', 'list', '--database', 'postgres://u@127.0.0.1:1/x'],
      /127\.0\.0\.1:1/,
    ],
  ])('%s', async (_name, args, message) => {
    expectOneLine(await runCommandHere([...args, ...dataOf(args)]), message)
  })

  test('a bus that is not there, and nothing of its password', async () => {
    const args = ['start', '--data', dir, '--database', database.url, '--listen', '127.0.0.1:0']
    const result = await runChappe([...args, '--bus', 'nats://me:secret@127.0.0.1:1'])
    expectOneLine(result, /^chappe start: the bus at 127\.0\.0\.1:1 cannot be used: connection refused/m)
    expect(result.stderr).not.toContain('secret')
  })

  test('a port that is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as net.AddressInfo
    const args = ['start', '--data', dir, '--database', database.url, '--listen', `127.0.0.1:${port}`]
    expectOneLine(
      await runChappe([...args, '--log-level', 'silent']),
      new RegExp(`127\\.0\\.0\\.1:${port}.*taken`),
    )
    other.close()
  })
})

test('an app is created once for each phone, and listed', async () => {
  const create = ['app', 'create', '--title', 'My app', '--short-name', 'my', '--phone', '+1 555 000 1111']
  const made = await runChappe([...create, '--data', dir, '--database', database.url])
  expect(made).toMatchObject({ code: 0, stderr: '' })
  expect(made.stdout).toMatch(/^api_id \d+\napi_hash [0-9a-f]{32}\n$/)
  expect((await withDatabase(create)).stdout).toBe(made.stdout)
  const [, apiId] = /^api_id (\d+)/.exec(made.stdout)!
  expect((await withDatabase(['app', 'list'])).stdout).toMatch(
    new RegExp(`^${apiId} [0-9a-f]{32} My app$`, 'm'),
  )
})

test('makers of apps are written to, and the API terms changed', { timeout: MANY_MS }, async () => {
  const phone = '+15550004444'
  await withDatabase(['app', 'create', '--title', 'Noted', '--short-name', 'noted', '--phone', phone])
  const notify = ['app', 'notify', '--text', 'The server moves on Sunday.']
  // An owner without an account has no chats.
  expect((await withDatabase(notify)).stdout).toBe('notified 0\n')
  await withDatabase(['user', 'create', '--phone', phone, '--first-name', 'Dev'])
  expect((await withDatabase(notify)).stdout).toBe('notified 1\n')
  expectOneLine(await withDatabase(['app', 'notify', '--text', ' ']), /notification/)

  expect((await withDatabase(['app', 'terms'])).stdout).toMatch(/^version 1\n\nThe API of this server/)
  const file = join(dir, 'terms.txt')
  await writeFile(file, 'Be kind.\n')
  expect((await withDatabase(['app', 'terms', '--file', file])).stdout).toBe('version 2\n')
  expect((await withDatabase(['app', 'terms'])).stdout).toBe('version 2\n\nBe kind.\n')
  expectOneLine(await withDatabase(['app', 'terms', '--file', '/nowhere/terms.txt']), /nowhere/)
})

test('the app of an existing client is added', async () => {
  const hash = 'ab'.repeat(16)
  const add = ['app', 'add', '--api-id', '94575', '--title', 'Client', '--api-hash']
  expect((await withDatabase([...add, hash])).stdout).toBe(`api_id 94575\napi_hash ${hash}\n`)
  expectOneLine(await withDatabase([...add, 'cd'.repeat(16)]), /94575/)
  expectOneLine(await withDatabase([...add, 'no hash']), /api_hash/)
})

test('a user is created once, and listed', async () => {
  const create = ['user', 'create', '--phone', '+15550002222', '--first-name', 'Ann', '--last-name', 'Lee']
  const made = await withDatabase(create)
  expect(made.stdout).toMatch(/^user_id \d+\n$/)
  const [, userId] = /user_id (\d+)/.exec(made.stdout)!
  expect((await withDatabase(['user', 'list'])).stdout).toContain(`${userId} +15550002222 Ann Lee`)
  expectOneLine(await withDatabase(create), /15550002222|PHONE_NUMBER_OCCUPIED/)
})

test('a user is moved to a datacenter that the server has', { timeout: MANY_MS }, async () => {
  const data = await mkdtemp(join(tmpdir(), 'chappe-cli-'))
  const dcs = [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 8440 + id }))
  await writeFile(join(data, 'server.json'), JSON.stringify({ thisDc: 2, dcs }))
  const run = (...args: string[]): Promise<CommandResult> =>
    runCommandHere(['user', ...args, '--data', data, '--database', database.url])
  const homeOf = async (phone: string): Promise<unknown> => {
    await using db = await connectTo(database.url)
    const [row] = await db.sql`select home_dc as home from account where phone = ${phone}`
    return row?.['home']
  }
  await run('create', '--phone', '+15550002223', '--first-name', 'Bea', '--dc', '3')
  expect(await homeOf('15550002223')).toBe(3)
  expect((await run('move', '--phone', '+15550002223', '--dc', '1')).stdout).toMatch(/^user_id \d+ dc 1\n$/)
  expect(await homeOf('15550002223')).toBe(1)
  await run('create', '--phone', '+9996634321', '--first-name', 'Cay')
  expect(await homeOf('9996634321')).toBe(3)
  expectOneLine(await run('move', '--phone', '+15550002223', '--dc', '4'), /no datacenter 4/)
  expectOneLine(await run('move', '--phone', '+15550002224', '--dc', '1'), /nobody/)
  await rm(data, { recursive: true })
})

test('a phone that asked for no code has none', async () => {
  expectOneLine(await withDatabase(['code', '+15550003333']), /\+15550003333/)
})

function withDatabase(args: readonly string[]): Promise<CommandResult> {
  return runCommandHere([...args, '--data', dir, '--database', database.url])
}

/** Commands that know no data directory are left without one. */
function dataOf(args: readonly string[]): string[] {
  return args[0] === 'dance' ? [] : ['--data', dir]
}

function expectOneLine({ code, stdout, stderr }: CommandResult, message: RegExp): void {
  expect(stderr).toMatch(message)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stdout).toBe('')
  expect(code).toBe(2)
}
