import { tl } from '@mtcute/node'
import { Api } from 'telegram'
import { FloodWaitError } from 'telegram/errors/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { CALL_PACES, RATES } from '../../src/rpc/limits.ts'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import { TdlibPerson } from './tdlib.ts'
import { CLIENTS, startWorld, type Resident, type World } from './world.ts'

const MESSAGES = must(
  CALL_PACES.find(({ methods }) => methods.includes('messages.sendMessage')),
  'they have one',
)
/** Sent at once, until there were too many: as a rule the first time. */
const WAVE = MESSAGES.burst + 40

describe('clients that nobody here wrote', () => {
  let world: World

  beforeAll(async () => {
    world = await startWorld()
  })

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  test.each(CLIENTS)('%s waits as long as it is told to, and sends all', async (client) => {
    const alice = await world.signedUp(client, 'Alice')
    const bob = await world.signedUp('mtcute', 'Bob')
    await alice.person.findByUsername(bob.username)
    const before = await refusals(world)
    const ids = new Set<number>()
    let count = 0
    while ((await refusals(world)) === before) {
      const sends = Array.from({ length: WAVE }, () => alice.person.send(bob.id, `Message ${count++}`))
      for (const { id } of await Promise.all(sends)) ids.add(id)
    }
    expect(ids.size).toBe(count)
  })

  test.each(CLIENTS)('%s says how long is to be waited, if that is long', async (client) => {
    const alice = await world.signedUp(client, 'Carol')
    const { count, windowSec } = RATES.usernameChanges
    let waitSec: number | undefined
    for (let i = 0; i < count && waitSec === undefined; i++) {
      waitSec = await renamed(alice, `carol_${CLIENTS.indexOf(client)}_${i}`)
    }
    expect(waitSec).toBeGreaterThan(0)
    expect(waitSec).toBeLessThanOrEqual(windowSec)
  })
})

/** How many sends were refused up to now. */
async function refusals({ server }: World): Promise<number> {
  const page = await (await fetch(new URL('/metrics', server.file.url))).text()
  const line = /^chappe_calls_total\{method="messages\.sendMessage",outcome="FLOOD_WAIT_%d"\} (\d+)/m
  return Number(line.exec(page)?.[1] ?? 0)
}

/** Changes the username. Returns for how many seconds the client says that is to be waited; undefined when it could. */
async function renamed({ person }: Resident, username: string): Promise<number | undefined> {
  try {
    await rename(person, username)
    return undefined
  } catch (error) {
    if (error instanceof FloodWaitError) return error.seconds
    if (tl.RpcError.is(error, 'FLOOD_WAIT_%d')) return error.seconds
    const seconds = /^Too Many Requests: retry after (\d+)$/.exec(
      error instanceof Error ? error.message : '',
    )?.[1]
    if (seconds === undefined) throw error
    return Number(seconds)
  }
}

async function rename(person: Resident['person'], username: string): Promise<unknown> {
  if (person instanceof MtcutePerson) return await person.api.call({ _: 'account.updateUsername', username })
  if (person instanceof GramjsPerson)
    return await person.api.invoke(new Api.account.UpdateUsername({ username }))
  if (person instanceof TdlibPerson) return await person.api.invoke({ _: 'setUsername', username })
  throw new Error('no client that is known')
}
