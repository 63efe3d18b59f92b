import { afterAll, beforeAll, expect, test } from 'vitest'
import { handlers } from '../../src/api/all.ts'
import { must } from '../../src/lib/assert.ts'
import { decodeObject } from '../../src/tl/decode.ts'
import { encodeRequest, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { undocumented } from '../harness/documented.ts'
import { startWorld, type Person, type World } from '../harness/people.ts'
import { heights, RandomValues } from '../tl/random-value.ts'
import { StrictLayer, strictPool } from '../tl/strict.ts'

const RPC_ERROR_ID = 0x2144ca19
const RUNS = 8
/** They end the session that asks. */
const PARTING: ReadonlySet<string> = new Set([
  'auth.logOut',
  'auth.resetAuthorizations',
  'account.resetAuthorization',
  'account.deleteAccount',
])

const layer = new StrictLayer(strictPool().definitions, NEWEST_LAYER)
const layerHeights = heights(layer)

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  await alice.send(bob, 'Hello')
  await bob.send(alice, 'Hello to you')
})
afterAll(() => world[Symbol.asyncDispose]())

/**
 * In every other run, random people become Bob, so that methods get further than to say that there is nobody.
 */
function withBob(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBob)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if ('_' in value && typeof value._ === 'string') {
    if (value._.startsWith('inputUser')) return alice.user(bob)
    if (/^inputPeer(?!.*(Settings|Notify))/.test(value._)) return alice.peer(bob)
  }
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, withBob(inner)]))
}

function errorIn(answer: Buffer): T.rpc_error | undefined {
  return answer.readUInt32LE(0) === RPC_ERROR_ID ? (decodeObject(answer) as T.rpc_error) : undefined
}

test('whatever is asked, the answer is a result or an error that the method documents', async () => {
  await alice.call('updates.getState')
  const faults: string[] = []
  for (const method of Object.keys(handlers)) {
    if (PARTING.has(method)) continue
    const definition = must(layer.byName.get(method), `${method} is a method`)
    for (let run = 0; run < RUNS; run++) {
      const random = new RandomValues(layer, layerHeights, run * 7919 + 1, run % 2 === 0)
      const request = random.object(definition)
      const query = (run % 2 === 0 ? withBob(request) : request) as T.AnyMethod
      const error = errorIn(await alice.device.client.request(encodeRequest(query)))
      const fault = error && undocumented(method, error)
      if (fault) faults.push(`${fault} (run ${run})`)
    }
  }
  expect(faults).toEqual([])
  // The session of somebody who asks such things survives, and so does what was there.
  const state = await alice.call('updates.getState')
  expect(state.pts).toBeGreaterThan(0)
  const [self] = await alice.call('users.getUsers', { id: [tl.inputUserSelf()] })
  expect(self).toMatchObject({ self: true })
}, 240_000)
