import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { findNats, startNats } from '../harness/nats.ts'
import { createTestDatabase } from '../harness/postgres.ts'
import { startServerProcess, type ServerProcess, type StartOptions } from '../harness/server.ts'
import { converse, expectNothingElse, findEachOther } from './conversation.ts'
import { startWorld, type ClientName, type Resident, type World } from './world.ts'

const HOST = '127.0.0.1'

/** Two datacenters, each a process with a data directory of its own; one database and one bus between them. */
describe.skipIf(findNats() === undefined)('two processes with one database, and NATS', () => {
  const running = new AsyncDisposableStack()
  let world: World
  let first: ServerProcess

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chappe-processes-'))
    running.defer(() => rm(directory, { recursive: true, force: true }))
    const nats = running.use(await startNats())
    const database = running.use(await createTestDatabase())
    // Also for the commands beside the servers.
    const shared = { DATABASE: database.url, BUS: nats.url, BLOBS: join(directory, 'blobs') }
    for (const [name, value] of Object.entries(shared)) process.env[`CHAPPE_${name}`] = value
    world = running.use(
      await startWorld(1, [], async (options) => {
        const started = await startTwo(options, directory)
        first = running.use(started.first)
        return started.second
      }),
    )
  })
  afterAll(() => running.disposeAsync())

  async function signedUp(client: ClientName, firstName: string, dc: number): Promise<Resident> {
    const person = world.person(client)
    const phone = `+99966${dc}7001`
    await person.signUp({ phone, firstName, lastName: '', code: () => Promise.resolve(String(dc).repeat(5)) })
    const username = `${firstName}_of_${dc}`.toLowerCase()
    await person.setUsername(username)
    expect(await person.datacenter()).toBe(dc)
    return { person, id: person.userId(), phone, firstName, username }
  }

  async function received({ file }: Pick<ServerProcess, 'file'>): Promise<number> {
    const page = await (await fetch(new URL('/metrics', file.url))).text()
    return Number(/^chappe_bus_events_total\{fate="received"\} (\d+)$/m.exec(page)?.[1])
  }

  test('people at home in different ones hear each other at once', async () => {
    const [alice, bob] = [await signedUp('mtcute', 'Alice', 1), await signedUp('GramJS', 'Bob', 2)]
    await findEachOther(alice, bob)
    const before = [await received(first), await received(world.server)] as const
    await converse(alice, bob)
    await expectNothingElse(world, alice, bob)
    expect(await received(first)).toBeGreaterThan(before[0])
    expect(await received(world.server)).toBeGreaterThan(before[1])
  })

  test('a command beside them tells them at once', async () => {
    const before = await received(first)
    const phone = '+15557770001'
    await world.server.chappe('user', 'create', '--phone', phone, '--first-name', 'Carol')
    const moved = await world.server.chappe('user', 'move', '--phone', phone, '--dc', '1')
    expect(moved).toMatchObject({ code: 0, stderr: '' })
    await expect.poll(() => received(first)).toBeGreaterThan(before)
  })
})

/** Starts the second datacenter where it is wanted, and the first at the port before. */
async function startTwo(
  options: StartOptions,
  directory: string,
): Promise<{ first: ServerProcess; second: ServerProcess }> {
  const port = Number(must(options.listen, 'it is said where to listen').split(':')[1])
  const list = join(directory, 'dcs.json')
  const dcs = [1, 2].map((id) => ({ id, host: HOST, port: port - 2 + id }))
  await writeFile(list, JSON.stringify(dcs))
  const second = await startServerProcess({ ...options, args: ['--dcs', list] })
  const dataDir = join(directory, 'first')
  await cp(join(second.dataDir, 'keys'), join(dataDir, 'keys'), { recursive: true })
  const listen = `${HOST}:${port - 1}`
  const first = await startServerProcess({ dataDir, listen, args: ['--dcs', list, '--dc', '1'] })
  return { first, second }
}
