import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IDLE_SWEEP_MS } from '../../../src/domain/auth/limits.ts'
import { DH_VERSION } from '../../../src/domain/secret/dh.ts'
import { KEPT_SEC, SWEEP_EVERY_MS } from '../../../src/domain/secret/limits.ts'
import { DH_PRIME } from '../../../src/mtproto/crypto/dh.ts'
import { tl } from '../../../src/tl/factories.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import {
  ask,
  asked,
  cameTo,
  missed,
  newChatId,
  openChat,
  OTHER_VALUE,
  peerOf,
  PUBLIC_VALUE,
  sealed,
  sendSealed,
} from './secret-chat.ts'

const clock = new HandClock()
let world: World
let alice: Person
let bob: Person
let carol: Person

beforeAll(async () => {
  world = await startWorld({ clock })
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  carol = await world.person('Carol')
})
afterAll(() => world[Symbol.asyncDispose]())

const KEY = { gB: OTHER_VALUE, keyFingerprint: 7n }

test('the group for the key is told once, with random bytes each time', async () => {
  const first = await alice.call('messages.getDhConfig', { version: 0, randomLength: 256 })
  if (first._ !== 'messages.dhConfig') throw new Error(first._)
  expect(Buffer.compare(first.p, DH_PRIME)).toBe(0)
  expect(first.g).toBe(3)
  expect(first.random).toHaveLength(256)
  const again = await alice.call('messages.getDhConfig', { version: DH_VERSION, randomLength: 16 })
  expect(again._).toBe('messages.dhConfigNotModified')
  expect(again.random).toHaveLength(16)
  for (const randomLength of [-1, 1025])
    expect(await alice.failure('messages.getDhConfig', { version: 0, randomLength })).toBe(
      'RANDOM_LENGTH_INVALID',
    )
})

test('all devices are asked, the first that accepts has the chat, and for the others it is over', async () => {
  const tablet = await bob.anotherDevice()
  const waiting = await ask(alice, bob)
  expect(waiting).toMatchObject({ adminId: alice.id, participantId: bob.id })
  const [onPhone, onTablet] = [await asked(bob.device), await asked(tablet)]
  expect(onTablet).toEqual(onPhone)
  expect(onPhone).toMatchObject({ id: waiting.id, adminId: alice.id, participantId: bob.id })
  expect(Buffer.compare(onPhone.gA, PUBLIC_VALUE)).toBe(0)
  expect(onPhone.accessHash).not.toBe(waiting.accessHash)

  const since = await bob.call('updates.getState')
  const opened = await tablet.call('messages.acceptEncryption', { peer: peerOf(onTablet), ...KEY })
  expect(opened).toMatchObject({ _: 'encryptedChat', id: waiting.id, keyFingerprint: 7n })
  if (opened._ === 'encryptedChat') expect(Buffer.compare(opened.gAOrB, PUBLIC_VALUE)).toBe(0)
  const [{ chat }] = await alice.expectUpdates('updateEncryption')
  expect(chat).toMatchObject({ _: 'encryptedChat', id: waiting.id, keyFingerprint: 7n })
  if (chat._ === 'encryptedChat') expect(Buffer.compare(chat.gAOrB, OTHER_VALUE)).toBe(0)
  expect(await cameTo(tablet)).toEqual([])
  expect(await cameTo(bob.device)).toEqual(['encryptedChatDiscarded'])

  // The device that accepted may have lost the answer; the others are too late, whatever they want.
  const repeated = await tablet.call('messages.acceptEncryption', { peer: peerOf(onTablet), ...KEY })
  expect(repeated).toEqual(opened)
  const late = { peer: peerOf(onPhone), ...KEY }
  expect(await bob.failure('messages.acceptEncryption', late)).toBe('ENCRYPTION_ALREADY_ACCEPTED')
  expect(await bob.failure('messages.discardEncryption', { chatId: waiting.id })).toBe(
    'ENCRYPTION_ALREADY_ACCEPTED',
  )
  // Whatever a device missed, it hears nothing of what is for another one.
  expect(await missed(tablet, { ...since, pts: tablet.pts })).not.toContain('encryptedChatDiscarded')
  expect(await missed(bob.device, { ...since, pts: bob.device.pts })).toContain('encryptedChatDiscarded')
  expect(await missed(bob.device, { ...since, pts: bob.device.pts })).not.toContain('encryptedChat')
})

test('a repeated request finds the first; the id of another chat is refused', async () => {
  const waiting = await ask(alice, carol)
  expect(await ask(alice, carol, alice.device, waiting.id)).toEqual(waiting)
  await asked(carol.device)
  const request = { userId: alice.user(carol), randomId: waiting.id, gA: OTHER_VALUE }
  expect(await alice.failure('messages.requestEncryption', request)).toBe('RANDOM_ID_DUPLICATE')
  const ofBob = { userId: bob.user(carol), randomId: waiting.id, gA: PUBLIC_VALUE }
  expect(await bob.failure('messages.requestEncryption', ofBob)).toBe('RANDOM_ID_DUPLICATE')
  await alice.call('messages.discardEncryption', { chatId: waiting.id })
  expect(await cameTo(carol.device)).toEqual(['encryptedChatDiscarded'])
})

test('nonsense is refused, and so is whoever cannot be asked', async () => {
  const request = { userId: alice.user(bob), randomId: newChatId(), gA: PUBLIC_VALUE }
  const failure = (more: Partial<typeof request>): Promise<string> =>
    alice.failure('messages.requestEncryption', { ...request, ...more })
  for (const gA of [Buffer.alloc(0), Buffer.of(1), DH_PRIME, Buffer.alloc(257, 3)])
    expect(await failure({ gA })).toBe('DH_G_A_INVALID')
  expect(await failure({ randomId: 0 })).toBe('RANDOM_ID_EMPTY')
  expect(await failure({ userId: tl.inputUserSelf() })).toBe('USER_ID_INVALID')
  expect(await failure({ userId: tl.inputUser({ userId: bob.id, accessHash: 1n }) })).toBe('USER_ID_INVALID')

  await bob.call('contacts.block', { id: bob.peer(alice) })
  expect(await failure({})).toBe('USER_IS_BLOCKED')
  await bob.call('contacts.unblock', { id: bob.peer(alice) })
  await bob.device.updates()
  const gone = await world.person('Gone')
  await gone.call('account.deleteAccount', { reason: 'done' })
  expect(await failure({ userId: alice.user(gone) })).toBe('INPUT_USER_DEACTIVATED')
})

test('a chat is known to its two sides only', async () => {
  const chat = await openChat(alice, bob)
  const stolen = { peer: chat.ofAdmin, ...KEY }
  expect(await carol.failure('messages.acceptEncryption', stolen)).toBe('CHAT_ID_INVALID')
  expect(await alice.failure('messages.acceptEncryption', stolen)).toBe('CHAT_ID_INVALID')
  expect(await carol.failure('messages.discardEncryption', { chatId: chat.id })).toBe('ENCRYPTION_ID_INVALID')
  expect(await carol.failure('messages.discardEncryption', { chatId: newChatId() })).toBe(
    'ENCRYPTION_ID_INVALID',
  )
  expect(await alice.failure('messages.discardEncryption', { chatId: 0 })).toBe('CHAT_ID_EMPTY')
  // Alice asked for it on one device, and no other has the key.
  const tablet = await alice.anotherDevice()
  expect(await tablet.failure('messages.discardEncryption', { chatId: chat.id })).toBe(
    'ENCRYPTION_ID_INVALID',
  )
  const message = { peer: chat.ofAdmin, randomId: 1n, data: sealed('not mine') }
  expect(await tablet.failure('messages.sendEncrypted', message)).toBe('CHAT_ID_INVALID')
  expect(await tablet.failure('messages.setEncryptedTyping', { peer: chat.ofAdmin, typing: true })).toBe(
    'CHAT_ID_INVALID',
  )
  await alice.device.updates()
  await bob.call('messages.discardEncryption', { chatId: chat.id })
  expect(await cameTo(tablet)).toEqual([])
  expect(await cameTo(alice.device)).toEqual(['encryptedChatDiscarded'])
})

test('who declines, or ends a chat, does so for the other side, too', async () => {
  const declined = await ask(alice, bob)
  const request = await asked(bob.device)
  expect(
    await bob.failure('messages.acceptEncryption', {
      peer: peerOf(request),
      gB: Buffer.of(1),
      keyFingerprint: 1n,
    }),
  ).toBe('DH_G_A_INVALID')
  await bob.call('messages.discardEncryption', { chatId: declined.id })
  expect(await cameTo(alice.device)).toEqual(['encryptedChatDiscarded'])
  expect(await bob.failure('messages.acceptEncryption', { peer: peerOf(request), ...KEY })).toBe(
    'ENCRYPTION_ALREADY_DECLINED',
  )
  expect(await alice.failure('messages.discardEncryption', { chatId: declined.id })).toBe(
    'ENCRYPTION_ALREADY_DECLINED',
  )

  const chat = await openChat(alice, bob)
  const since = await bob.call('updates.getState')
  await sendSealed(alice.device, chat.ofAdmin, 'burn this')
  expect(await cameTo(bob.device)).toEqual(['burn this 2'])
  await alice.call('messages.discardEncryption', { chatId: chat.id, deleteHistory: true })
  expect(await cameTo(bob.device)).toEqual(['encryptedChatDiscarded, history too'])
  // It is gone from the server, too.
  expect(await missed(bob.device, { ...since, pts: bob.device.pts })).not.toContain('burn this')
})

describe('devices', () => {
  test('a device that wants no secret chats is not asked', async () => {
    const tablet = await bob.anotherDevice()
    await tablet.call('account.changeAuthorizationSettings', { hash: 0n, encryptedRequestsDisabled: true })
    const waiting = await ask(alice, bob)
    expect(await cameTo(tablet)).toEqual([])
    await asked(bob.device)
    await alice.call('messages.discardEncryption', { chatId: waiting.id })
    await bob.device.updates()
    await tablet.call('auth.logOut')
  })

  test('logging out ends the chats of that device, and forgets what waited for it', async () => {
    const tablet = await bob.anotherDevice()
    const chat = await openChat(alice, bob, { to: tablet })
    await bob.device.updates()
    await sendSealed(alice.device, chat.ofAdmin, 'too late')
    await tablet.updates()
    await tablet.call('auth.logOut')
    expect(await cameTo(alice.device)).toEqual(['encryptedChatDiscarded'])
    const message = { peer: chat.ofAdmin, randomId: 1n, data: sealed('anybody?') }
    expect(await alice.failure('messages.sendEncrypted', message)).toBe('ENCRYPTION_DECLINED')
    const [row] = await world.server.context.db.sql<{ count: number }[]>`
      select count(*)::int from update_log where key_id = ${tablet.client.key.id} and qts > 0`
    expect(row?.count).toBe(0)
  })

  test('a session that is ended from elsewhere takes its chats along, asked for or open', async () => {
    const tablet = await alice.anotherDevice()
    await openChat(alice, bob, { from: tablet })
    await ask(alice, carol, tablet)
    await asked(carol.device)
    // Only a session that is not new may end others.
    await world.server.context.db.single(
      (tx) => tx.sql`update device set created_at = 1 where key_id = ${alice.device.client.key.id}`,
    )
    await alice.call('auth.resetAuthorizations')
    expect(await cameTo(bob.device)).toContain('encryptedChatDiscarded')
    expect(await cameTo(carol.device)).toContain('encryptedChatDiscarded')
    await alice.device.updates()
  })

  test('a device that was not used for long, and one on which somebody else logs in, take theirs along', async () => {
    const { db } = world.server.context
    const [idle, lent] = [await alice.anotherDevice(), await alice.anotherDevice()]
    await idle.updates()
    await openChat(alice, bob, { from: idle })
    await db.single((tx) => tx.sql`update device set active_at = 1 where key_id = ${idle.client.key.id}`)
    clock.advance(IDLE_SWEEP_MS)
    expect((await bob.device.nextUpdate('updateEncryption')).chat._).toBe('encryptedChatDiscarded')
    await openChat(alice, bob, { from: lent })
    await signIn(lent, carol)
    expect((await bob.device.nextUpdate('updateEncryption')).chat._).toBe('encryptedChatDiscarded')
    for (const person of [alice, bob, carol]) await person.device.updates()
  })

  test('a deleted account takes its chats along', async () => {
    const dave = await world.person('Dave')
    await openChat(alice, dave)
    await ask(bob, dave)
    await asked(dave.device)
    await dave.call('account.deleteAccount', { reason: 'done' })
    expect(await cameTo(alice.device)).toContain('encryptedChatDiscarded')
    expect(await cameTo(bob.device)).toContain('encryptedChatDiscarded')
  })

  test('a key that is thrown away, and a request that nobody accepts, end sooner or later', async () => {
    const tablet = await bob.anotherDevice()
    const chat = await openChat(alice, bob, { to: tablet })
    await bob.device.updates()
    const { db } = world.server.context
    await db.transaction((tx) => tx.sql`delete from auth_key where key_id = ${tablet.client.key.id}`)
    await expect.poll(() => sweptState(chat.id)).toBe('over')
    expect(await cameTo(alice.device)).toEqual(['encryptedChatDiscarded'])

    const { id } = await ask(alice, carol)
    await asked(carol.device)
    clock.jump(KEPT_SEC * 1000 + 60_000)
    await expect.poll(() => sweptState(id)).toBe('over')
    // What is over is remembered for as long again.
    clock.jump(KEPT_SEC * 1000 + 60_000)
    await expect.poll(() => sweptState(id)).toBeUndefined()
  })
})

async function signIn(device: Device, { phone }: Person): Promise<void> {
  const sent = await device.call('auth.sendCode', {
    phoneNumber: phone,
    apiId: world.apiId,
    apiHash: world.apiHash,
    settings: tl.codeSettings({}),
  })
  if (sent._ !== 'auth.sentCode') throw new Error(sent._)
  const { phoneCodeHash } = sent
  const phoneCode = phone.charAt('99966'.length).repeat(5)
  await device.call('auth.signIn', { phoneNumber: phone, phoneCodeHash, phoneCode })
}

/** What becomes of a chat when the server looks at it next. */
async function sweptState(id: number): Promise<string | undefined> {
  clock.advance(SWEEP_EVERY_MS)
  const { db } = world.server.context
  const [row] = await db.sql<{ state: string }[]>`select state from secret_chat where id = ${id}`
  return row?.state
}
