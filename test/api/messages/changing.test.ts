import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SERVICE_USER_ID } from '../../../src/lib/ids.ts'
import { tl } from '../../../src/tl/factories.ts'
import { Person, startWorld, texts, type World } from '../../harness/people.ts'

const TWO_DAYS_SEC = 2 * 86_400

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
})
afterAll(() => world[Symbol.asyncDispose]())

/** Sends and returns the ids of both sides. */
async function sent(text: string, from = alice, to = bob): Promise<{ own: number; other: number }> {
  const message = await from.send(to, text)
  const [came] = await to.expectUpdates('updateNewMessage')
  return { own: message.id, other: came.message.id }
}

describe('messages.editMessage', () => {
  test('changes both sides', async () => {
    const { own, other } = await sent('teh text')
    const answer = await alice.call('messages.editMessage', {
      peer: alice.peer(bob),
      id: own,
      message: 'the text https://example.com',
      entities: [tl.messageEntityBold({ offset: 0, length: 3 })],
    })
    expect(answer).toMatchObject({ updates: [{ _: 'updateEditMessage', message: { id: own } }] })
    const [edit] = await bob.expectUpdates('updateEditMessage')
    expect(edit.message).toMatchObject({
      id: other,
      message: 'the text https://example.com',
      editDate: expect.any(Number),
      entities: [{ _: 'messageEntityBold' }, { _: 'messageEntityUrl' }],
    })
    expect(texts(await bob.history(alice, { limit: 1 }))).toEqual(['the text https://example.com'])
    await alice.expectUpdates()
  })

  test('refuses what is not for the caller to change', async () => {
    const { own, other } = await sent('mine')
    const edit = (id: number, message: string) => ({ peer: alice.peer(bob), id, message })
    const request = { ...edit(other, 'ours'), peer: bob.peer(alice) }
    expect(await bob.failure('messages.editMessage', request)).toBe('MESSAGE_AUTHOR_REQUIRED')
    expect(await alice.failure('messages.editMessage', edit(own, ' mine '))).toBe('MESSAGE_NOT_MODIFIED')
    expect(await alice.failure('messages.editMessage', edit(own, ' '))).toBe('MESSAGE_EMPTY')
    expect(await alice.failure('messages.editMessage', edit(own, 'x'.repeat(4097)))).toBe('MESSAGE_TOO_LONG')
    expect(await alice.failure('messages.editMessage', edit(999_999, 'x'))).toBe('MESSAGE_ID_INVALID')
    const elsewhere = { ...edit(own, 'x'), peer: tl.inputPeerSelf() }
    expect(await alice.failure('messages.editMessage', elsewhere)).toBe('MESSAGE_ID_INVALID')
    await bob.expectUpdates()
    expect(texts(await bob.history(alice, { limit: 1 }))).toEqual(['mine'])
  })

  test('is possible for two days, in Saved Messages for ever', async () => {
    const { own } = await sent('old news')
    const note = await alice.send(alice, 'note')
    await world.server.context.db
      .sql`update message set date = date - ${TWO_DAYS_SEC + 1} where id = any(${[own, note.id]}::int[])`
    const request = { peer: alice.peer(bob), id: own, message: 'new news' }
    expect(await alice.failure('messages.editMessage', request)).toBe('MESSAGE_EDIT_TIME_EXPIRED')
    await alice.call('messages.editMessage', {
      peer: tl.inputPeerSelf(),
      id: note.id,
      message: 'better note',
    })
    expect(
      await alice.call('messages.getMessageEditData', { peer: tl.inputPeerSelf(), id: note.id }),
    ).toMatchObject({
      caption: false,
    })
  })
})

describe('messages.deleteMessages', () => {
  test('for oneself leaves the other side alone', async () => {
    const { own, other } = await sent('half gone')
    const affected = await alice.call('messages.deleteMessages', { id: [own, 999_999] })
    expect(affected.ptsCount).toBe(1)
    await bob.expectUpdates()
    expect((await bob.history(alice)).map((message) => message.id)).toContain(other)
    expect((await alice.history(bob)).map((message) => message.id)).not.toContain(own)
  })

  test('for both, also what the other has sent', async () => {
    const desk = await alice.anotherDevice()
    const mine = await sent('gone')
    const theirs = await sent('gone too', bob, alice)
    await desk.expectUpdates('updateNewMessage', 'updateNewMessage')
    await alice.call('messages.deleteMessages', { revoke: true, id: [mine.own, theirs.other] })
    const [gone] = await bob.expectUpdates('updateDeleteMessages')
    expect(new Set(gone.messages)).toEqual(new Set([mine.other, theirs.own]))
    expect(gone.ptsCount).toBe(2)
    const [also] = await desk.expectUpdates('updateDeleteMessages')
    expect(also.messages).toEqual([mine.own, theirs.other])
    await alice.expectUpdates()
    desk.close()
  })

  test('counts what is unread anew, and the dialog shows what is left on top', async () => {
    const carol = await world.person('Carol')
    const first = await sent('one', alice, carol)
    const second = await sent('two', alice, carol)
    await alice.call('messages.deleteMessages', { revoke: true, id: [second.own] })
    await carol.expectUpdates('updateDeleteMessages')
    const [dialog] = await dialogsOf(carol)
    expect(dialog).toMatchObject({ topMessage: first.other, unreadCount: 1 })
    await alice.call('messages.deleteMessages', { revoke: true, id: [first.own] })
    await carol.expectUpdates('updateDeleteMessages')
    expect(await dialogsOf(carol)).toEqual([])
  })
})

/** The dialogs with people. */
async function dialogsOf(person: Person) {
  const answer = await person.call('messages.getDialogs', {
    excludePinned: false,
    offsetDate: 0,
    offsetId: 0,
    offsetPeer: tl.inputPeerEmpty(),
    limit: 100,
    hash: 0n,
  })
  if (answer._ === 'messages.dialogsNotModified') throw new Error(answer._)
  // The service account writes at each new login.
  return answer.dialogs.filter(
    (dialog) =>
      dialog._ === 'dialog' && dialog.peer._ === 'peerUser' && dialog.peer.userId !== SERVICE_USER_ID,
  )
}

describe('messages.deleteHistory', () => {
  test('for oneself takes the dialog out of the list', async () => {
    const carol = await world.person('Carol')
    await sent('one', carol, alice)
    await sent('two', alice, carol)
    const answer = await carol.call('messages.deleteHistory', { peer: carol.peer(alice), maxId: 0 })
    expect(answer).toMatchObject({ ptsCount: 2, offset: 0 })
    expect(await dialogsOf(carol)).toEqual([])
    await alice.expectUpdates()
    expect(texts(await alice.history(carol))).toEqual(['two', 'one'])
  })

  test('only cleared, it stays in the list with the notice of that', async () => {
    const carol = await world.person('Carol')
    const desk = await carol.anotherDevice()
    await sent('one', alice, carol)
    await desk.expectUpdates('updateNewMessage')
    await carol.call('messages.deleteHistory', { peer: carol.peer(alice), maxId: 0, justClear: true })
    await desk.expectUpdates('updateDeleteMessages', 'updateNewMessage')
    const history = await carol.history(alice)
    expect(history).toMatchObject([{ _: 'messageService', action: { _: 'messageActionHistoryClear' } }])
    expect(await dialogsOf(carol)).toMatchObject([{ topMessage: history[0]?.id, unreadCount: 0 }])
    desk.close()
  })

  test('revoked, it is gone for both', async () => {
    const carol = await world.person('Carol')
    await sent('one', carol, alice)
    await sent('two', alice, carol)
    await carol.call('messages.deleteHistory', { peer: carol.peer(alice), maxId: 0, revoke: true })
    const [gone] = await alice.expectUpdates('updateDeleteMessages')
    expect(gone.ptsCount).toBe(2)
    expect(await alice.history(carol)).toEqual([])
  })

  test('goes on call by call for a long history', async () => {
    const carol = await world.person('Carol')
    const { db } = world.server.context
    await sent('first', carol, alice)
    await db.sql`insert into message (box_id, id, peer_id, from_id, random_id, date)
      select ${carol.id}, 1000 + g, ${alice.id}, ${carol.id}, -g, 5 from generate_series(1, 1500) g`
    await db.sql`update box set last_message_id = 3000 where id = ${carol.id}`
    const one = await carol.call('messages.deleteHistory', { peer: carol.peer(alice), maxId: 0 })
    expect(one).toMatchObject({ ptsCount: 1000, offset: 501 })
    const two = await carol.call('messages.deleteHistory', { peer: carol.peer(alice), maxId: 0 })
    expect(two).toMatchObject({ ptsCount: 501, offset: 0 })
    expect(await carol.history(alice)).toEqual([])
  })
})

describe('messages.forwardMessages', () => {
  test('keeps the order and who wrote it', async () => {
    const carol = await world.person('Carol')
    const one = await sent('one', bob, alice)
    const two = await sent('two', alice, bob)
    const answer = await alice.call('messages.forwardMessages', {
      fromPeer: alice.peer(bob),
      toPeer: alice.peer(carol),
      id: [one.other, two.own],
      randomId: [51n, 52n],
    })
    expect(answer).toMatchObject({
      updates: [
        { _: 'updateMessageID', randomId: 51n },
        { _: 'updateMessageID', randomId: 52n },
        { _: 'updateNewMessage' },
        { _: 'updateNewMessage' },
      ],
    })
    const came = await carol.expectUpdates('updateNewMessage', 'updateNewMessage')
    expect(came.map((update) => update.message)).toMatchObject([
      { message: 'one', fwdFrom: { fromId: { userId: bob.id } } },
      { message: 'two', fwdFrom: { fromId: { userId: alice.id } } },
    ])
    expect(came[0].message).toMatchObject({ fwdFrom: { savedFromPeer: undefined } })
  })

  test('a message forwarded twice still names its first author', async () => {
    const carol = await world.person('Carol')
    const one = await sent('origin', bob, alice)
    const forward = (toPeer: ReturnType<Person['peer']>, id: number, randomId: bigint) => ({
      fromPeer: alice.peer(bob),
      toPeer,
      id: [id],
      randomId: [randomId],
    })
    await alice.call('messages.forwardMessages', forward(alice.peer(carol), one.other, 53n))
    const [came] = await carol.expectUpdates('updateNewMessage')
    await carol.call('messages.forwardMessages', {
      fromPeer: carol.peer(alice),
      toPeer: tl.inputPeerSelf(),
      id: [came.message.id],
      randomId: [54n],
    })
    expect(await carol.history(carol)).toMatchObject([
      {
        fwdFrom: {
          fromId: { userId: bob.id },
          savedFromPeer: { userId: alice.id },
          savedFromMsgId: came.message.id,
        },
        savedPeerId: { userId: alice.id },
      },
    ])
  })

  test('an author who does not want to be led to is a name only', async () => {
    const shy = await world.person('Shy')
    await shy.call('account.setPrivacy', {
      key: tl.inputPrivacyKeyForwards(),
      rules: [tl.inputPrivacyValueDisallowAll()],
    })
    const one = await sent('a secret', shy, alice)
    await alice.call('messages.forwardMessages', {
      fromPeer: alice.peer(shy),
      toPeer: alice.peer(bob),
      id: [one.other],
      randomId: [56n],
    })
    const [came] = await bob.expectUpdates('updateNewMessage')
    expect(came.message).toMatchObject({ fwdFrom: { fromId: undefined, fromName: 'Shy' } })
  })

  test('without an author it is the forwarder’s own', async () => {
    const one = await sent('anonymous')
    await alice.call('messages.forwardMessages', {
      fromPeer: alice.peer(bob),
      toPeer: alice.peer(bob),
      id: [one.own],
      randomId: [55n],
      dropAuthor: true,
    })
    const [came] = await bob.expectUpdates('updateNewMessage')
    expect(came.message).toMatchObject({ message: 'anonymous', fwdFrom: undefined })
  })

  test.each([
    ['MESSAGE_IDS_EMPTY', { id: [], randomId: [] }],
    ['RANDOM_ID_INVALID', { id: [1], randomId: [1n, 2n] }],
    ['RANDOM_ID_DUPLICATE', { id: [1, 2], randomId: [1n, 1n] }],
    ['MESSAGE_ID_INVALID', { id: [999_999], randomId: [61n] }],
  ])('%s', async (error, fields) => {
    const request = { fromPeer: alice.peer(bob), toPeer: tl.inputPeerSelf(), ...fields }
    expect(await alice.failure('messages.forwardMessages', request)).toBe(error)
  })
})

test('sending, editing, reading and deleting at once do not block one another', async () => {
  const carol = await world.person('Carol')
  const dave = await world.person('Dave')
  const busy = async (me: Person, other: Person): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      const one = await me.send(other, 'to be edited')
      const two = await me.send(other, 'to be deleted')
      await Promise.all([
        me.call('messages.editMessage', { peer: me.peer(other), id: one.id, message: 'edited' }),
        me.call('messages.deleteMessages', { id: [two.id], revoke: true }),
        me.call('messages.readHistory', { peer: me.peer(other), maxId: 0 }),
        me.send(other, 'sent', { clearDraft: true }),
        me.call('messages.saveDraft', { peer: me.peer(other), message: `draft ${round}` }),
      ])
    }
  }
  await Promise.all([busy(carol, dave), busy(dave, carol)])
  await carol.device.updates()
  await dave.device.updates()
  expect(texts(await carol.history(dave)).toSorted()).toEqual(texts(await dave.history(carol)).toSorted())
  expect(await carol.history(dave)).toHaveLength(16)
  await carol.call('messages.readHistory', { peer: carol.peer(dave), maxId: 0 })
  expect((await dialogsOf(carol))[0]).toMatchObject({ unreadCount: 0 })
})

test('a new login is told by the service account', async () => {
  const carol = await world.person('Carol')
  const desk = await carol.anotherDevice()
  const answer = await carol.call('messages.getPeerDialogs', {
    peers: [tl.inputDialogPeer({ peer: carol.peerOf(SERVICE_USER_ID) })],
  })
  expect(answer.dialogs).toMatchObject([{ unreadCount: 1 }])
  expect(answer.messages).toMatchObject([
    { out: false, fromId: { userId: SERVICE_USER_ID }, peerId: { userId: SERVICE_USER_ID } },
  ])
  expect(answer.users).toMatchObject([{ id: SERVICE_USER_ID, support: true, verified: true }])
  desk.close()
})
