import { afterAll, beforeAll, expect, test } from 'vitest'
import { locksmith, type Mailbox } from './locksmith.ts'
import { readPrinted } from './ways.ts'
import { CLIENTS, startWorld } from './world.ts'
import type { World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

/** An address whose letters are read in what the server prints. */
function mailbox(address: string): Mailbox {
  const printed = readPrinted(world)
  return { address, code: () => printed('email code', address) }
}

test.each(CLIENTS)('%s guards its account by a password', async (client) => {
  const alice = await world.signedUp(client, 'Alice')
  const lock = locksmith(alice.person)
  const door = { phone: alice.phone, code: alice.phone.charAt(6).repeat(5) }
  const box = mailbox(`alice.${client.toLowerCase()}@example.com`)
  expect(await lock.see()).toEqual({ hasPassword: false, hasRecovery: false, hint: '' })

  await lock.set('correct horse', 'battery', box)
  expect(await lock.see()).toEqual({ hasPassword: true, hasRecovery: true, hint: 'battery' })
  const second = locksmith(world.person(client))
  const entered = await second.enter(door, ['wrong horse', 'correct horse'])
  expect(entered.hint).toBe('battery')
  expect(entered.refusals).toHaveLength(1)
  expect(entered.refusals[0]).toContain('PASSWORD_HASH_INVALID')
  expect(await second.see()).toMatchObject({ hasPassword: true })

  await second.change('correct horse', 'staple', 'new')
  expect(await lock.see()).toEqual({ hasPassword: true, hasRecovery: true, hint: 'new' })
  await locksmith(world.person(client)).enter(door, ['staple'])

  const pattern = await locksmith(world.person(client)).recover(door, box.code)
  expect(pattern).toMatch(/^a\*+.@example\.com$/)
  expect(await lock.see()).toEqual({ hasPassword: false, hasRecovery: false, hint: '' })

  await lock.set('once more', '')
  await lock.remove('once more')
  expect(await lock.see()).toEqual({ hasPassword: false, hasRecovery: false, hint: '' })
  const code = (): Promise<string> => Promise.resolve(door.code)
  await world.person(client).signUp({ phone: door.phone, firstName: '', lastName: '', code })

  expect(await alice.person.complaints()).toEqual([])
  await lock.set('the end', '')
  await lock.deleteAccount('the end')
  const anew = world.person(client)
  await anew.signUp({ phone: door.phone, firstName: 'Alicia', lastName: '', code })
  expect(anew.userId()).not.toBe(alice.id)
})
