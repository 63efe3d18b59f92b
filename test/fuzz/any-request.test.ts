import { expect, test } from 'vitest'
import { handlers } from '../../src/api/all.ts'
import { NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { openChat } from '../api/secret/secret-chat.ts'
import { RpcFailure, type Device, type Fields } from '../harness/device.ts'
import { startWorld, type Person, type World } from '../harness/people.ts'
import { heights, RandomValues } from '../tl/random-value.ts'
import { StrictLayer, strictPool } from '../tl/strict.ts'

const layer = new StrictLayer(strictPool().definitions, NEWEST_LAYER)
const layerHeights = heights(layer)
/** Requests of each method, by whoever sends them; more are drawn on demand. */
const EACH = Number(process.env['CHAPPE_FUZZ_EACH'] ?? 4)
/** After these nobody is there who could go on. */
const ENDS = new Set([
  'auth.logOut',
  'account.deleteAccount',
  'auth.resetAuthorizations',
  'account.resetAuthorization',
])

/** What people and attackers write. */
const TEXTS = [
  '\u0000',
  'a',
  '/',
  'a\u0000b@example.org',
  `${'a'.repeat(5_000)}@example.org`,
  'x'.repeat(100_000),
  '<script>alert(1)</script>',
  `'; drop table account; --`,
  '\u202e\u200f\ufeff',
  '\ud800',
  '%s%n{}[]()*+?.\\',
  '999662000',
  '+15550001111',
  '99966200011',
  '-1',
]
const NUMBERS = [0, 1, -1, 5, 777_000, 2 ** 31 - 1, -(2 ** 31)]

/** What gets further than what is drawn: names of what there is, and what no list has thought of. */
class Spice {
  readonly #fixed: ReadonlyMap<string, unknown>
  readonly #peers: readonly unknown[]
  readonly #users: readonly unknown[]
  readonly #chat: T.InputEncryptedChat
  #state = 1

  constructor(world: World, alice: Person, bob: Person, chat: T.InputEncryptedChat) {
    const { apiId, apiHash } = world
    this.#fixed = new Map<string, unknown>(Object.entries({ apiId, apiHash, phoneNumber: '15550060001' }))
    this.#peers = [alice.peer(bob), tl.inputPeerSelf()]
    this.#users = [alice.user(bob), tl.inputUserSelf()]
    this.#chat = chat
  }

  /** A number from 0 up to 1. */
  #next(): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return this.#state / 0x8000_0000
  }

  #oneOf(values: readonly unknown[]): unknown {
    return values[Math.floor(this.#next() * values.length)]
  }

  /** Puts some of that into a request. */
  on(value: unknown): unknown {
    const chance = this.#next()
    if (typeof value === 'string') return chance < 0.6 ? this.#oneOf(TEXTS) : value
    if (typeof value === 'number') return chance < 0.3 ? this.#oneOf(NUMBERS) : value
    if (Array.isArray(value)) return value.map((each) => this.on(each))
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    const { _: name } = value as { readonly _: string }
    if (/^inputPeer(?!.*(Notify|Photo|Color))/.test(name)) return this.#oneOf(this.#peers)
    if (name === 'inputEncryptedChat') return this.#chat
    if (name.startsWith('inputUser')) return this.#oneOf(this.#users)
    const fields = Object.entries(value).map(([key, each]) => [key, this.#field(key, each)])
    return Object.fromEntries(fields) as unknown
  }

  #field(key: string, value: unknown): unknown {
    if (key === '_') return value
    return this.#fixed.has(key) && this.#next() < 0.8 ? this.#fixed.get(key) : this.on(value)
  }
}

async function send(device: Device, method: T.MethodName, request: unknown): Promise<void> {
  // The device says what is no documented answer; one that is has no part in this.
  await device.call(method, request as Fields<T.MethodName>).catch((error: Error) => {
    if (!(error instanceof RpcFailure)) throw error
  })
}

test('no request is more than the server can judge, whoever sends it', { timeout: 240_000 }, async () => {
  await using world = await startWorld()
  const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
  const { ofAdmin } = await openChat(alice, bob)
  await alice.send(bob, 'Hello')
  const door = await world.stranger()
  const spice = new Spice(world, alice, bob, ofAdmin)
  const faults: string[] = []
  let seed = 0
  for (const method of Object.keys(handlers) as T.MethodName[]) {
    if (ENDS.has(method)) continue
    const definition = layer.byName.get(method)
    if (!definition) continue
    for (let n = 0; n < EACH; n++) {
      const values = new RandomValues(layer, layerHeights, ++seed, true)
      const { _, ...request } = spice.on(values.object(definition)) as { _: string }
      for (const device of [alice.device, door])
        await send(device, method, request).catch((error: Error) =>
          faults.push(`${method} ${seed}: ${error.message}`),
        )
    }
  }
  expect(faults).toEqual([])
})
