/** Errors that many methods share, each as the method documents it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { banPhone } from '../../src/domain/auth/code-store.ts'
import { RATES } from '../../src/rpc/limits.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import type { Device, Fields } from '../harness/device.ts'
import { startWorld, type Person, type World } from '../harness/people.ts'

let world: World
let alice: Person
let bob: Person
let stranger: Device

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  stranger = await world.stranger()
})
afterAll(() => world[Symbol.asyncDispose]())

const purposeOf = (phoneNumber: string): T.emailVerifyPurposeLoginSetup =>
  tl.emailVerifyPurposeLoginSetup({ phoneNumber, phoneCodeHash: 'x' })

test('a number that nobody can have is no number anywhere', async () => {
  const named = { phoneNumber: '+1', phoneCodeHash: 'x' }
  const purpose = purposeOf('+1')
  const errors = await Promise.all([
    stranger.failure('auth.cancelCode', named),
    stranger.failure('auth.resendCode', named),
    stranger.failure('auth.reportMissingCode', { ...named, mnc: '' }),
    stranger.failure('auth.signUp', { ...named, firstName: 'Ann', lastName: '' }),
    alice.failure('account.sendVerifyPhoneCode', { phoneNumber: '+1', settings: tl.codeSettings({}) }),
    alice.failure('account.verifyPhone', { ...named, phoneCode: '22222' }),
    stranger.failure('account.sendVerifyEmailCode', { purpose, email: 'ann@example.org' }),
    stranger.failure('account.verifyEmail', {
      purpose,
      verification: tl.emailVerificationCode({ code: '1' }),
    }),
  ])
  expect(new Set(errors)).toEqual(new Set(['PHONE_NUMBER_INVALID']))
})

test('a sign-in that nobody began is not gone on with', async () => {
  const phoneNumber = '15550107777'
  const signUp = { phoneNumber, phoneCodeHash: '', firstName: 'Ann', lastName: '' }
  expect(await stranger.failure('auth.signUp', signUp)).toBe('PHONE_CODE_EMPTY')
  const reset = (phoneCodeHash: string): Promise<string> =>
    stranger.failure('auth.resetLoginEmail', { phoneNumber, phoneCodeHash })
  expect([await reset(''), await reset('x')]).toEqual(['PHONE_CODE_HASH_EMPTY', 'PHONE_CODE_EXPIRED'])
  expect(await alice.failure('account.confirmPhone', { phoneCodeHash: 'x', phoneCode: '' })).toBe(
    'PHONE_CODE_EMPTY',
  )
})

test('lists that cannot be are not looked for', async () => {
  expect(await alice.failure('messages.getPeerDialogs', { peers: [] })).toBe('INPUT_PEERS_EMPTY')
  expect(
    await alice.failure('messages.searchGlobal', {
      folderId: 7,
      q: 'x',
      filter: tl.inputMessagesFilterEmpty(),
      minDate: 0,
      maxDate: 0,
      offsetRate: 0,
      offsetPeer: tl.inputPeerEmpty(),
      offsetId: 0,
      limit: 1,
    }),
  ).toBe('FOLDER_ID_INVALID')
  expect(await alice.failure('contacts.acceptContact', { id: tl.inputUserSelf() })).toBe('CONTACT_ID_INVALID')
  const nobody = tl.inputUser({ userId: 77, accessHash: 1n })
  expect(await alice.failure('messages.getCommonChats', { userId: nobody, maxId: 0, limit: 1 })).toBe(
    'USER_ID_INVALID',
  )
})

test('texts in a language or for a client that there are none for are refused', async () => {
  const errors = await Promise.all(
    (
      [
        ['no such client', 'en'],
        ['tdesktop', '!!'],
      ] as const
    ).flatMap(([langPack, langCode]) => [
      alice.failure('langpack.getLangPack', { langPack, langCode }),
      alice.failure('langpack.getStrings', { langPack, langCode, keys: ['lng_menu_settings'] }),
    ]),
  )
  const [pack, code] = ['LANG_PACK_INVALID', 'LANG_CODE_NOT_SUPPORTED']
  expect(errors).toEqual([pack, pack, code, code])
})

test('what is said of a message holds for another text of it, too', async () => {
  await bob.send(alice, 'Not yours')
  const [his] = await alice.history(bob)
  const { id } = await alice.send(bob, 'Mine')
  const peer = alice.peer(bob)
  const look = (of: number): Promise<string> => alice.failure('messages.getMessageEditData', { peer, id: of })
  expect(await look(4711)).toBe('MESSAGE_ID_INVALID')
  expect(await look(his?.id ?? 0)).toBe('MESSAGE_AUTHOR_REQUIRED')

  const bold = (offset: number): T.MessageEntity => tl.messageEntityBold({ offset, length: 1 })
  const many = Array.from({ length: 2000 }, () => bold(0))
  const edit = (more: Partial<Fields<'messages.editMessage'>>): Promise<string> =>
    alice.failure('messages.editMessage', { peer, id, message: 'Other', ...more })
  expect(await edit({ entities: [bold(-1)] })).toBe('ENTITY_BOUNDS_INVALID')
  expect(await edit({ entities: many })).toBe('ENTITIES_TOO_LONG')
  expect(await edit({ scheduleDate: 5 })).toBe('SCHEDULE_DATE_INVALID')
  const draft = { peer, message: 'x', entities: [bold(-1)] }
  expect(await alice.failure('messages.saveDraft', draft)).toBe('ENTITY_BOUNDS_INVALID')

  const send = (more: Partial<Fields<'messages.sendMessage'>>): Promise<string> =>
    alice.failure('messages.sendMessage', { peer, message: 'x', randomId: 3n, ...more })
  expect(await send({ entities: many })).toBe('ENTITIES_TOO_LONG')
  expect(await send({ sendAs: peer })).toBe('SEND_AS_PEER_INVALID')
  expect(await send({ replyTo: tl.inputReplyToStory({ peer, storyId: 1 }) })).toBe('STORY_ID_INVALID')
  const forum = tl.inputReplyToMonoForum({ monoforumPeerId: peer })
  expect(await send({ replyTo: forum })).toBe('REPLY_TO_MONOFORUM_PEER_INVALID')
})

test('forwarding is refused as sending is', async () => {
  const { id } = await alice.send(bob, 'Pass it on')
  const peer = alice.peer(bob)
  const forward = (more: Partial<Fields<'messages.forwardMessages'>> = {}): Promise<string> =>
    alice.failure('messages.forwardMessages', {
      fromPeer: peer,
      toPeer: peer,
      id: [id],
      randomId: [world.server.context.random.long()],
      ...more,
    })
  expect(await forward({ sendAs: peer })).toBe('SEND_AS_PEER_INVALID')
  expect(await forward({ scheduleDate: 2 ** 31 - 1 })).toBe('SCHEDULE_DATE_TOO_LATE')
  const forum = tl.inputReplyToMonoForum({ monoforumPeerId: peer })
  expect(await forward({ replyTo: forum })).toBe('REPLY_TO_MONOFORUM_PEER_INVALID')

  await bob.call('contacts.block', { id: bob.peer(alice) })
  expect(await forward()).toBe('USER_IS_BLOCKED')
  await bob.call('contacts.unblock', { id: bob.peer(alice) })
  await alice.call('contacts.block', { id: peer })
  expect(await forward()).toBe('YOU_BLOCKED_USER')
  await alice.call('contacts.unblock', { id: peer })

  const carol = await world.person('Carol')
  const gone = alice.peer(carol)
  await carol.call('account.deleteAccount', { reason: '' })
  expect(await forward({ toPeer: gone })).toBe('INPUT_USER_DEACTIVATED')
  const typing = { peer: gone, action: tl.sendMessageTypingAction() }
  expect(await alice.failure('messages.setTyping', typing)).toBe('INPUT_USER_DEACTIVATED')
})

test('a number that was asked for codes too often, or is banned, gets none', async () => {
  const { db, clock } = world.server.context
  const settings = tl.codeSettings({})
  const asked = { phoneNumber: '15550108888', settings }
  await alice.call('account.sendVerifyPhoneCode', asked)
  const { kind, count } = RATES.codesPerPhone
  await db.single((tx) => tx.sql`update attempt set count = ${count} where kind = ${kind}`)
  expect(await alice.failure('account.sendVerifyPhoneCode', asked)).toBe('PHONE_NUMBER_FLOOD')
  const phoneNumber = '15550108889'
  await db.single((tx) => banPhone(tx, phoneNumber, 'a test', clock.nowSec()))
  expect(await alice.failure('account.sendVerifyPhoneCode', { phoneNumber, settings })).toBe(
    'PHONE_NUMBER_BANNED',
  )
})

test('bots and people have methods of their own', async () => {
  const carol = await world.person('Carol')
  expect(
    await carol.failure('bots.getBotCommands', { scope: tl.botCommandScopeDefault(), langCode: '' }),
  ).toBe('USER_BOT_REQUIRED')
  const { context } = world.server
  await context.db.single((tx) => tx.sql`update account set is_bot = true where id = ${carol.id}`)
  context.connections.forgetLogin(carol.device.client.key.id)
  expect(await carol.failure('contacts.getContacts', { hash: 0n })).toBe('BOT_METHOD_INVALID')
})
