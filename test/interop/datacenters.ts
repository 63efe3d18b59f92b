import { afterAll, beforeAll, expect, test } from 'vitest'
import { converse, expectNothingElse, findEachOther, missAndCatchUp, say } from './conversation.ts'
import { MtcutePerson } from './mtcute.ts'
import { CLIENTS, startWorld } from './world.ts'
import type { Person } from './person.ts'
import type { ClientName, Resident, World } from './world.ts'

const START_MS = 90_000
const TALK_MS = 90_000

/** Clients begin in DC 2, but TDLib in DC 1, whose address is the first that it has compiled in. */
const BEGIN: Readonly<Record<ClientName, number>> = { mtcute: 2, GramJS: 2, TDLib: 1 }

/** What clients do that were pointed at one datacenter of several, and belong to another. */
export function describeDatacenters(count: number): void {
  let world: World
  let people = 0

  beforeAll(async () => {
    world = await startWorld(count)
  }, START_MS)

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  }, START_MS)

  /** Signs in with an account that was made before, at home in this datacenter. */
  async function signedIn(client: ClientName, firstName: string, dc: number): Promise<Resident> {
    const number = ++people
    const phone = `+1555${String(count)}${String(number).padStart(6, '0')}`
    const dcs = ['--dc', String(dc)]
    await world.server.chappe('user', 'create', '--phone', phone, '--first-name', firstName, ...dcs)
    const person = world.person(client)
    const printed = new RegExp(`^login code \\${phone} \\S+ (\\d+)$`, 'm')
    const code = async (): Promise<string> => (await world.server.waitForOutput(printed))[1]!
    await person.signUp({ phone, firstName, lastName: '', code })
    const username = `${firstName}_${number}_of_${count}`.toLowerCase()
    await person.setUsername(username)
    await expectAt(person, dc)
    return { person, id: person.userId(), phone, firstName, username }
  }

  const homes = Array.from({ length: count }, (_, index) => index + 1)
  const moves = CLIENTS.flatMap((client) =>
    homes.filter((home) => home !== BEGIN[client]).map((home) => [client, home] as const),
  )

  test.each(moves)(
    '%s finds an account in DC %i, and talks across',
    { timeout: TALK_MS },
    async (client, home) => {
      const alice = await signedIn(client, 'Alice', home)
      const bob = await signedIn(client === 'mtcute' ? 'GramJS' : 'mtcute', 'Bob', 2)
      await findEachOther(alice, bob)
      await converse(alice, bob)
      await missAndCatchUp(alice, bob)
      await expectNothingElse(world, alice, bob)
    },
  )

  test.each(CLIENTS)('%s signs up where its number belongs', { timeout: TALK_MS }, async (client) => {
    const home = BEGIN[client] === count ? 1 : count
    const person = world.person(client)
    const phone = `+99966${home}${String(5000 + ++people)}`
    const code = (): Promise<string> => Promise.resolve(String(home).repeat(5))
    await person.signUp({ phone, firstName: 'Carol', lastName: '', code })
    await expectAt(person, home)
    const again = await signedIn('mtcute', 'Dave', 1)
    await again.person.addContact(phone, 'Carol')
    const carol = { person, id: person.userId(), phone, firstName: 'Carol', username: '' }
    await say(again, carol, `Hello ${client}`)
    await expectNothingElse(world, carol, again)
  })

  test('mtcute follows somebody who is moved while logged in', { timeout: TALK_MS }, async () => {
    const alice = await signedIn('mtcute', 'Alice', 2)
    const bob = await signedIn('GramJS', 'Bob', 1)
    await findEachOther(alice, bob)
    await say(alice, bob, 'From the old home')
    const { person } = alice
    if (!(person instanceof MtcutePerson)) throw new Error('this is about mtcute')
    // Keys are not copied between datacenters: it must have carried its login there for a file.
    await person.visit(1)
    await world.server.chappe('user', 'move', '--phone', alice.phone, '--dc', '1')
    // The server may go on for a moment as if nobody had been moved.
    await expect.poll(async () => (await person.dialogs(), await person.datacenter())).toBe(1)
    await say(alice, bob, 'From the new home')
    // It listens for updates on connections that began at home, which is where it comes back to.
    await person.quit()
    await person.comeBack()
    await expectAt(person, 1)
    await say(bob, alice, 'To the new home')
    await expectNothingElse(world, alice, bob)
  })
}

async function expectAt(person: Person, dc: number): Promise<void> {
  expect([undefined, dc]).toContain(await person.datacenter())
}
