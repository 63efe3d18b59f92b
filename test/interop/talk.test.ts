import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { converse, expectNothingElse, findEachOther, missAndCatchUp, say } from './conversation.ts'
import { givePhotos, showPhotos } from './photos.ts'
import { readPrinted } from './ways.ts'
import { CLIENTS, startWorld } from './world.ts'
import type { ClientName, World } from './world.ts'

/** What TDLib says of a server that went away. */
const CONNECTION_LOST = /Connection (closed|refused|reset)|unreachable|old network_generation/

const PAIRS: readonly (readonly [ClientName, ClientName])[] = [
  ['mtcute', 'GramJS'],
  ['GramJS', 'TDLib'],
  ['TDLib', 'mtcute'],
]

describe('clients that nobody here wrote', () => {
  let world: World

  beforeAll(async () => {
    world = await startWorld()
  })

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  test.each(PAIRS)('%s and %s talk', async (first, second) => {
    const [alice, bob] = await Promise.all([world.signedUp(first, 'Alice'), world.signedUp(second, 'Bob')])
    await findEachOther(alice, bob)
    await converse(alice, bob)
    await showPhotos(alice, bob)
    await givePhotos(alice, bob)
    await missAndCatchUp(alice, bob)
    await expectNothingElse(world, alice, bob)
  })

  test('all of them find a server again that was killed', async () => {
    const names = ['Alice', 'Bob', 'Carol']
    const people = await Promise.all(CLIENTS.map((client, index) => world.signedUp(client, names[index]!)))
    const pairs = people.map((each, index) => [each, people[(index + 1) % people.length]!] as const)
    for (const [each, other] of pairs) await each.person.findByUsername(other.username)
    for (const [each, other] of pairs) await say(each, other, `Before, ${other.firstName}`)
    await world.killAndRestart()
    // GramJS never asks for what it missed: it has to be back before somebody writes to it.
    await Promise.all(people.map(({ person }) => person.reconnected()))
    for (const [each, other] of pairs) await say(each, other, `After, ${other.firstName}`)
    // That connections were lost is all that TDLib may say of it.
    const log = await world.takeTdlibLog()
    expect(log.filter((line) => !CONNECTION_LOST.test(line))).toEqual([])
  })

  test.each(CLIENTS)('%s signs up by the code that the server prints', async (client) => {
    const person = world.person(client)
    const phone = `+1555010${String(CLIENTS.indexOf(client)).padStart(4, '0')}`
    const printed = readPrinted(world)
    await person.signUp({
      phone,
      firstName: 'Carol',
      lastName: 'Console',
      code: async () => {
        const code = await printed('login code', phone)
        expect((await world.server.chappe('code', phone)).stdout).toContain(code)
        return code
      },
    })
    const carol = { person, id: person.userId(), phone, firstName: 'Carol', username: '' }
    const dave = await world.signedUp('mtcute', 'Dave')
    await dave.person.addContact(phone, 'Carol')
    await say(dave, carol, `Hello ${client}`)
    await expectNothingElse(world, carol, dave)
  })
})
