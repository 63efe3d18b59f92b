import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { bind, connectUnbound, dropTemporary, refusal, state } from '../../harness/temporary-key.ts'
import type { Client } from '../../mtproto/client/client.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** A connection of somebody with a temporary key that is bound to the permanent one. */
async function bound(person: Person): Promise<Client> {
  const client = await connectUnbound(world.server)
  await bind(client, person.device.client.key)
  return client
}

test('a client drops its temporary keys but for the one that it uses and those that it names', async () => {
  const [alice, bob] = [await world.person('Alice'), await world.person('Bob')]
  const clients = [await bound(alice), await bound(alice), await bound(alice), await bound(bob)]
  const [used, named, dropped, foreign] = clients as [Client, Client, Client, Client]
  const closed = dropped.closed
  await dropTemporary(used, [named.key.id])
  await closed
  for (const client of [used, named, foreign]) expect(await state(client)).toBe('updates.state')
  expect(await alice.call('updates.getState')).toMatchObject({ _: 'updates.state' })
  expect(await refusal(world.server, dropped.key)).toBe(-404)
  for (const client of clients) client.close()
})
