import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { handlers } from '../../src/api/all.ts'
import { outgoing } from '../../src/domain/messages/deliver.ts'
import { SEND_BATCH, SEND_STATEMENTS, SENDS_WAITING_OF_ACCOUNT } from '../../src/domain/messages/limits.ts'
import { must } from '../../src/lib/assert.ts'
import { CALL_PACES, RATES, REFUSAL_HELD_MS, REFUSALS, type RateLimit } from '../../src/rpc/limits.ts'
import { decodeObject } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { HandClock } from '../harness/clock.ts'
import { startTestServer } from '../harness/in-process.ts'
import { startWorld, type Person, type World } from '../harness/people.ts'
import { connectClient } from '../mtproto/client/client.ts'

const MESSAGES = must(
  CALL_PACES.find(({ methods }) => methods.includes('messages.sendMessage')),
  'they have one',
)

let world: World
let clock: HandClock
let alice: Person
let bob: Person

beforeEach(async () => {
  clock = new HandClock()
  world = await startWorld({ clock, config: { floodLimits: true } })
  ;[alice, bob] = [await world.person('Alice'), await world.person('Bob')]
})

afterEach(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** Sends so many at once, and returns what became of them. */
async function flood(person: Person, to: Person, count: number): Promise<string[]> {
  const sends = Array.from({ length: count }, (_, i) =>
    person.call('messages.sendMessage', {
      peer: person.peer(to),
      message: String(i),
      randomId: world.server.context.random.long(),
    }),
  )
  return (await Promise.allSettled(sends)).map((each) =>
    each.status === 'fulfilled' ? 'sent' : (each.reason as Error).message,
  )
}

test('the table names methods that there are, each in one line', () => {
  const paced = CALL_PACES.flatMap(({ methods }) => methods)
  const rated = Object.values<RateLimit>(RATES).flatMap(({ methods }) => methods ?? [])
  expect([...paced, ...rated].filter((method) => !(method in handlers))).toEqual([])
  expect(paced).toHaveLength(new Set(paced).size)
  expect(rated).toHaveLength(new Set(rated).size)
  const kinds = Object.values<RateLimit>(RATES).map(({ kind }) => kind)
  expect(kinds).toHaveLength(new Set(kinds).size)
})

describe('what is counted in memory', () => {
  test('is told to wait for seconds, and goes on after them; others are not concerned', async () => {
    const outcomes = await flood(alice, bob, MESSAGES.burst + 5)
    expect(outcomes.slice(0, MESSAGES.burst).every((each) => each === 'sent')).toBe(true)
    expect(outcomes.slice(MESSAGES.burst)).toEqual(Array.from({ length: 5 }, () => 'FLOOD_WAIT_1'))
    expect(await alice.history(bob)).toHaveLength(100)
    await bob.send(alice, 'I may')
    clock.advance(1000)
    const later = await flood(alice, bob, MESSAGES.perSec + 1)
    expect(later.filter((each) => each === 'sent')).toHaveLength(MESSAGES.perSec)
  })

  test('is told to some for longer than to others, so that they do not all come back in vain', async () => {
    const { burst, perSec } = MESSAGES
    const outcomes = await flood(alice, bob, burst + perSec + 5)
    const later = outcomes.slice(burst)
    expect(later.slice(0, perSec)).toEqual(Array.from({ length: perSec }, () => 'FLOOD_WAIT_1'))
    expect(later.slice(perSec)).toEqual(Array.from({ length: 5 }, () => 'FLOOD_WAIT_2'))
  })

  test('counts each of the messages that are forwarded', async () => {
    const { id } = await alice.send(bob, 'Once')
    const forward = (): Promise<unknown> =>
      alice.call('messages.forwardMessages', {
        fromPeer: alice.peer(bob),
        toPeer: tl.inputPeerSelf(),
        id: Array.from({ length: 100 }, () => id),
        randomId: Array.from({ length: 100 }, () => world.server.context.random.long()),
      })
    await forward()
    await forward()
    // What was one too many is to be waited for.
    await expect(forward()).rejects.toThrow(/^FLOOD_WAIT_1$/)
  })

  test('is refused later and later to whoever does not wait', async () => {
    await flood(alice, bob, MESSAGES.burst)
    await flood(alice, bob, REFUSALS.burst)
    let isRefused = false
    const refusal = flood(alice, bob, 1).then((outcomes) => {
      isRefused = true
      return outcomes
    })
    // The other call comes after it, and is answered.
    await alice.call('updates.getState')
    expect(isRefused).toBe(false)
    clock.advance(REFUSAL_HELD_MS)
    expect(await refusal).toEqual(['FLOOD_WAIT_2'])
  })

  test('is not counted where the host does not want it', async () => {
    await using free = await startWorld({ clock, config: { floodLimits: false } })
    const [carol, dave] = [await free.person('Carol'), await free.person('Dave')]
    for (let i = 0; i < MESSAGES.burst + 10; i++) await carol.send(dave, String(i))
  })
})

describe('what is counted in the database', () => {
  test('holds on every node, and those of a server that has been started since', async () => {
    const { usernameChanges: rate } = RATES
    await alice.call('account.updateUsername', { username: 'alice_one' })
    const { sql } = world.server.context.db
    const changed = await sql`
      update attempt set count = ${rate.count - 1} where kind = ${rate.kind} and subject = ${String(alice.id)}
      returning 1`
    expect(changed).toHaveLength(1)
    await alice.call('account.updateUsername', { username: 'alice_two' })
    const error = await alice.failure('account.updateUsername', { username: 'alice_three' })
    const waitSec = Number(/^FLOOD_WAIT_(\d+)$/.exec(error)?.[1])
    expect(waitSec).toBeGreaterThan(0)
    expect(waitSec).toBeLessThanOrEqual(rate.windowSec)
    const [user] = await alice.call('users.getUsers', { id: [tl.inputUserSelf()] })
    expect(user).toMatchObject({ username: 'alice_two' })

    const { database } = world.server.context.config
    await using second = await startTestServer({ clock, config: { database } })
    const { key, salt } = alice.device.client
    const nowMs = (): number => clock.nowMs()
    const there = await connectClient({ host: second.host, port: second.port, key, salt, nowMs })
    const again = tl['account.updateUsername']({ username: 'alice_four' })
    const answer = decodeObject(await there.request(encodeRequest(again))) as T.rpc_error
    expect(answer.errorMessage).toBe(error)
    there.close()
  })
})

describe('messages on their way to the database', () => {
  const by = (person: Person, apiId: number) => ({
    userId: person.id,
    keyId: 0n,
    sessionId: 0n,
    apiId,
    isBot: false,
  })

  test('wait for a batch or two of another app, not for all that it sends, and stay in order', async () => {
    const { sends, random } = world.server.context
    const done: string[] = []
    const write = async (from: Person, apiId: number, name: string): Promise<number> => {
      const message = outgoing({ fromId: from.id, toId: from.id, randomId: random.long(), text: name })
      const written = await sends.write([message], { by: by(from, apiId), announce: () => {} })
      done.push(name)
      return must(written.placed[0], 'it is placed').id
    }
    const flooded = Array.from({ length: SENDS_WAITING_OF_ACCOUNT }, (_, i) => write(alice, 1, `flood ${i}`))
    const one = write(bob, 2, 'one')
    const ids = await Promise.all(flooded)
    await one
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    expect(done.indexOf('one')).toBeLessThanOrEqual((SEND_STATEMENTS + 1) * SEND_BATCH)
  })

  test('are so many of one account; the server itself is never told to wait', async () => {
    const { sends, random } = world.server.context
    const write = (isByServer: boolean): Promise<unknown> => {
      const message = outgoing({ fromId: alice.id, toId: alice.id, randomId: random.long(), text: 'x' })
      return sends.write([message], { by: isByServer ? undefined : by(alice, 1), announce: () => {} })
    }
    const under = Array.from({ length: SENDS_WAITING_OF_ACCOUNT }, () => write(false))
    expect(() => write(false)).toThrow(/^FLOOD_WAIT_\d+$/)
    const outcomes = await Promise.allSettled([...under, write(true)])
    expect(outcomes.filter((each) => each.status === 'rejected')).toEqual([])
  })
})
