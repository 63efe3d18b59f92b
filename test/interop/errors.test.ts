/// <reference types="@prebuilt-tdlib/types" />
import bigInt from 'big-integer'
import pino from 'pino'
import { Api } from 'telegram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Context } from '../../src/context.ts'
import { impose, unblockApp } from '../../src/domain/abuse/sanctions.ts'
import { createUser } from '../../src/domain/accounts/create-user.ts'
import { dropLogins } from '../../src/domain/auth/device-store.ts'
import { block, unblock } from '../../src/domain/contacts/blocks.ts'
import { must } from '../../src/lib/assert.ts'
import type { UserId } from '../../src/lib/ids.ts'
import { Device } from '../harness/device.ts'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import { startServerHere, type ServerHere } from './server-here.ts'
import { TdlibPerson } from './tdlib.ts'
import { CLIENTS, startWorld } from './world.ts'
import type { ClientName, Resident, World } from './world.ts'

/** What `exhaust` calls, and no client before it is logged in. */
const EXHAUSTING = 'account.getNotifyExceptions'

/** An error as a client hands it on, whatever it calls its parts. */
interface Failure {
  readonly code: number
  readonly name: string
}

let count = 0
let world: World
let server: ServerHere
const residents = new Map<ClientName, Resident>()
let onFault = (): void => {}

beforeAll(async () => {
  const log = pino({ level: 'error' }, { write: () => onFault() })
  // Strangers may do enough to sign up, and then little by little.
  const rpcLimits = { loopbackTimes: 1, strangerCalls: 4, strangerBurst: 60 }
  world = await startWorld(1, [], async (options) => {
    server = await startServerHere(options, { log, rpcLimits })
    return server
  })
  for (const client of CLIENTS) residents.set(client, await world.signedUp(client, 'Alice'))
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

function context(): Context {
  return server.context
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason as Record<string, unknown>,
  )
  if (!error) throw new Error('the call should have failed')
  const name = error['text'] ?? error['errorMessage'] ?? error['message']
  return { code: Number(error['code']), name: String(name) }
}

/** How often calls ended in an error, but for those of `exhaust`. */
async function callsEndedIn(error: string): Promise<number> {
  const text = await context().metrics.registry.metrics()
  const lines = text.split('\n').filter((line) => line.includes(`"${error}"`) && !line.includes(EXHAUSTING))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** A stranger of the same address. */
async function stranger(): Promise<Device> {
  const { host, port, file } = server
  const facts = { ...file, dcs: [{ id: file.thisDc, host, port }] }
  return await Device.connect({ context: context(), running: { facts } } as never, 1)
}

/** Uses up what strangers of this address may do at once. */
async function exhaust(device: Device): Promise<void> {
  for (;;) {
    const name = await device.failure(EXHAUSTING)
    if (name.startsWith('FLOOD_WAIT_')) return
  }
}

/** Asks for a part of a file that a CDN keeps, which this server has none of. */
async function getCdnFile({ person }: Resident): Promise<Failure> {
  const [fileToken, limit] = [Buffer.alloc(16, 1), 4096]
  if (person instanceof MtcutePerson) {
    const call = { _: 'upload.getCdnFile', fileToken, offset: 0, limit } as const
    return await failureOf(person.api.call(call))
  }
  const { api } = person as GramjsPerson
  return await failureOf(api.invoke(new Api.upload.GetCdnFile({ fileToken, offset: bigInt.zero, limit })))
}

/** Asks for a code to a number that there cannot be, to change one's own to it. */
async function changeNumber(resident: Resident): Promise<Failure> {
  const { person } = resident
  const phone = '+1'
  if (person instanceof MtcutePerson) {
    const settings = { _: 'codeSettings' } as const
    return await failureOf(
      person.api.call({ _: 'account.sendChangePhoneCode', phoneNumber: phone, settings }),
    )
  }
  if (person instanceof GramjsPerson) {
    const settings = new Api.CodeSettings({})
    return await failureOf(
      person.api.invoke(new Api.account.SendChangePhoneCode({ phoneNumber: phone, settings })),
    )
  }
  const { api } = person as TdlibPerson
  return await failureOf(
    api.invoke({ _: 'sendPhoneNumberCode', phone_number: phone, type: { _: 'phoneNumberCodeTypeChange' } }),
  )
}

/** The types of what a client is told to show, as they come. */
function watchPopups({ person }: Resident): string[] {
  const types: string[] = []
  if (person instanceof MtcutePerson) {
    person.api.onRawUpdate.add(({ update }) => {
      if (update._ === 'updateServiceNotification' && update.popup) types.push(update.type)
    })
  } else if (person instanceof GramjsPerson) {
    person.api.addEventHandler((update: Api.TypeUpdate) => {
      if (update instanceof Api.UpdateServiceNotification && update.popup) types.push(update.type)
    })
  } else {
    ;(person as TdlibPerson).api.on('update', (update) => {
      if (update._ === 'updateServiceNotification') types.push(update.type)
    })
  }
  return types
}

/** Ends all logins of somebody, as another session of theirs does. */
async function endLogins(userId: number): Promise<void> {
  const ctx = context()
  const keys = await ctx.db.transaction((tx) => dropLogins(tx, userId as UserId, { except: 0n }))
  expect(keys.length).toBeGreaterThan(0)
  for (const keyId of keys) ctx.connections.endLogin(keyId)
}

/** Resolves when a client has noticed that it is logged out. */
async function loggedOut({ person }: Resident): Promise<void> {
  if (person instanceof MtcutePerson) {
    const failure = await failureOf(person.api.getMe())
    expect(failure).toMatchObject({ code: 401, name: 'SESSION_REVOKED' })
  } else if (person instanceof GramjsPerson) {
    expect(await person.api.isUserAuthorized()).toBe(false)
  } else {
    const { api } = person as TdlibPerson
    await new Promise<void>((resolve) => {
      api.on('update', (update) => {
        if (update._ !== 'updateAuthorizationState') return
        if (update.authorization_state._ === 'authorizationStateLoggingOut') resolve()
      })
    })
  }
}

/** What leads to another datacenter, 303, is followed in datacenters.ts. */
describe.each(CLIENTS)('%s', (client: ClientName) => {
  let alice: Resident
  beforeAll(() => (alice = must(residents.get(client), 'everybody has signed up')))

  test('hands on what it did wrong: 400', async () => {
    const failure = await failureOf(alice.person.setUsername('1'))
    expect(failure.code).toBe(400)
  })

  test('is not heard by whoever has blocked it: 403', async () => {
    const phone = `+1555010472${count++}`
    const bob = must(await createUser(context(), { phone, firstName: 'Bob', lastName: '' }), 'it is free')
    await alice.person.addContact(phone, 'Bob')
    const by = { userId: bob, keyId: 0n, sessionId: 0n, apiId: 1, isBot: false }
    await block(context(), by, alice.id as UserId)
    const before = await callsEndedIn('USER_IS_BLOCKED')
    const failure = await failureOf(alice.person.send(bob, 'Do you hear me?'))
    expect(failure).toMatchObject({ code: 403, name: expect.stringContaining('USER_IS_BLOCKED') as string })
    await unblock(context(), by, alice.id as UserId)
    await alice.person.send(bob, 'And now?')
    // TDLib shows what could not be sent, for its user to try again.
    const shown = client === 'TDLib' ? ['And now?', 'Do you hear me?'] : ['And now?']
    expect((await alice.person.history(bob, 2)).map(({ text }) => text)).toEqual(shown)
    // None of them asks twice for what is forbidden.
    expect(await callsEndedIn('USER_IS_BLOCKED')).toBe(before + 1)
  })

  // TDLib asks for such files only where it is led to them.
  test.skipIf(client === 'TDLib')('goes on after it asked for what there is not: 404', async () => {
    expect(await getCdnFile(alice)).toMatchObject({ code: 404, name: 'METHOD_INVALID' })
    await alice.person.setUsername(`alice_goes_on_${CLIENTS.indexOf(client)}`)
  })

  test('asks again after a fault of the server: 500', async () => {
    const { sql } = context().db
    await sql`alter table phone_import rename to phone_import_gone`
    const before = await callsEndedIn('RPC_CALL_FAIL')
    const failed = new Promise<void>((resolve) => (onFault = resolve))
    const phone = `+1555010471${count++}`
    const added = alice.person.addContact(phone, 'Nobody')
    await failed
    await sql`alter table phone_import_gone rename to phone_import`
    expect(await added).toBeUndefined()
    expect(await callsEndedIn('RPC_CALL_FAIL')).toBeGreaterThan(before)
  })

  test('is told what to show to its user: 406', async () => {
    const popups = watchPopups(alice)
    const failure = await changeNumber(alice)
    expect(failure.code).toBe(406)
    await expect.poll(() => popups).toEqual([failure.name])
  })

  test('waits for as long as it is told to: 420', async () => {
    const bob = world.person(client)
    // It does not wait with what it asks while it connects.
    if (bob instanceof GramjsPerson) await bob.api.connect()
    const device = await stranger()
    await exhaust(device)
    const before = await callsEndedIn('FLOOD_WAIT_%d')
    const phone = `+99966277${String(count++).padStart(2, '0')}`
    const code = (): Promise<string> => Promise.resolve('22222')
    const signedUp = { isDone: false }
    const signingUp = bob
      .signUp({ phone, firstName: 'Bob', lastName: '', code })
      .finally(() => (signedUp.isDone = true))
    // Now and then there is a little again, which a slow client would find enough.
    while (!signedUp.isDone && (await callsEndedIn('FLOOD_WAIT_%d')) === before) await exhaust(device)
    device.close()
    await signingUp
    expect(bob.userId()).toBeGreaterThan(alice.id)
    expect(await callsEndedIn('FLOOD_WAIT_%d')).toBeGreaterThan(before)
  })

  test('stays logged in while its app is blocked, and goes on afterwards', async () => {
    const { apiId } = await server.createApp()
    const subject = { kind: 'app', id: apiId } as const
    const blocking = { subject, kind: 'banned', forSec: undefined, cause: 'a test', by: 1 as UserId } as const
    await impose(context(), blocking)
    const username = `alice_after_${CLIENTS.indexOf(client)}`
    const failure = await failureOf(alice.person.setUsername(username))
    expect(failure).toMatchObject({ code: 400, name: 'CONNECTION_API_ID_INVALID' })
    await unblockApp(context(), apiId, undefined)
    await alice.person.setUsername(username)
    expect((await alice.person.findByUsername(username)).userId).toBe(alice.id)
  })

  test('notices that all its sessions were ended: 401', async () => {
    // TDLib says so by itself, the others when they are asked to do something.
    const noticed = alice.person instanceof TdlibPerson ? loggedOut(alice) : undefined
    await endLogins(alice.id)
    await (noticed ?? loggedOut(alice))
  })
})
