import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import { Person, sentMessage, startWorld, texts, type World } from '../../harness/people.ts'

let world: World
let alice: Person
let bob: Person
let carol: Person

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  carol = await world.person('Carol')
})
afterAll(() => world[Symbol.asyncDispose]())

describe('messages.sendMessage', () => {
  test('stores both sides, answers with the message and tells the other devices of both', async () => {
    const desk = await alice.anotherDevice()
    const sent = await alice.send(bob, 'hello bob')
    expect(sent).toMatchObject({ out: true, message: 'hello bob', peerId: { userId: bob.id } })

    const [came] = await bob.expectUpdates('updateNewMessage')
    expect(came.message).toMatchObject({
      out: false,
      message: 'hello bob',
      date: sent.date,
      peerId: { userId: alice.id },
      fromId: { userId: alice.id },
    })
    const [seen] = await desk.expectUpdates('updateNewMessage')
    expect(seen.message).toMatchObject({ out: true, id: sent.id })
    await alice.expectUpdates()
    expect(alice.device.repeats).toBe(0)
    desk.close()
  })

  test('the answer says which random id became which message', async () => {
    const answer = await alice.call('messages.sendMessage', {
      peer: alice.peer(bob),
      message: 'x',
      randomId: 11n,
    })
    if (answer._ !== 'updates') throw new Error(answer._)
    const [first, second] = answer.updates
    expect(first).toEqual(tl.updateMessageID({ id: sentMessage(answer).id, randomId: 11n }))
    expect(second?._).toBe('updateNewMessage')
    await bob.expectUpdates('updateNewMessage')
  })

  test('a repeated random id is answered with the first message and sends nothing', async () => {
    const once = await alice.send(bob, 'once', { randomId: 21n })
    const again = await alice.send(bob, 'once more', { randomId: 21n })
    expect(again).toMatchObject({ id: once.id, message: 'once' })
    await bob.expectUpdates('updateNewMessage')

    expect(
      await alice.failure('messages.sendMessage', { peer: alice.peer(carol), message: 'x', randomId: 21n }),
    ).toBe('RANDOM_ID_DUPLICATE')
    await carol.expectUpdates()
  })

  test('a message that was deleted does not come back when its sender asks again', async () => {
    await alice.send(bob, 'gone', { randomId: 23n })
    const [update] = await bob.expectUpdates('updateNewMessage')
    await bob.call('messages.deleteMessages', { id: [update.message.id], revoke: true })
    await alice.expectUpdates('updateDeleteMessages')
    expect(
      await alice.failure('messages.sendMessage', { peer: alice.peer(bob), message: 'gone', randomId: 23n }),
    ).toBe('RANDOM_ID_DUPLICATE')
    await bob.expectUpdates()
  })

  test('the same random id sent many times at once is one message', async () => {
    const sent = await Promise.all(
      Array.from({ length: 8 }, () => alice.send(bob, 'at once', { randomId: 22n })),
    )
    expect(new Set(sent.map((message) => message.id)).size).toBe(1)
    await bob.expectUpdates('updateNewMessage')
  })

  test('many messages in both directions at once leave no hole and no deadlock', async () => {
    const pairs: [Person, Person][] = [
      [bob, carol],
      [carol, bob],
      [alice, carol],
      [carol, alice],
    ]
    const sending = pairs.flatMap(([from, to]) =>
      Array.from({ length: 10 }, (_, index) => from.send(to, `number ${index}`)),
    )
    await Promise.all(sending)
    // The devices fail here if pts had a hole.
    expect(await bob.device.updates()).toHaveLength(10)
    expect(await carol.device.updates()).toHaveLength(20)
    expect(await alice.device.updates()).toHaveLength(10)
    expect(new Set(texts(await bob.history(carol))).size).toBe(10)
    expect(await bob.history(carol)).toHaveLength(20)
  })

  test('entities are checked, trimmed with the text, and joined by what the text shows', async () => {
    const sent = await alice.send(bob, '  bold @durov and https://example.com/a. ', {
      entities: [
        tl.messageEntityBold({ offset: 2, length: 4 }),
        tl.inputMessageEntityMentionName({ offset: 14, length: 3, userId: alice.user(bob) }),
        tl.messageEntityCustomEmoji({ offset: 2, length: 4, documentId: 1n }),
      ],
    })
    expect(sent.message).toBe('bold @durov and https://example.com/a.')
    expect(sent.entities).toEqual([
      tl.messageEntityBold({ offset: 0, length: 4 }),
      tl.messageEntityMention({ offset: 5, length: 6 }),
      tl.messageEntityMentionName({ offset: 12, length: 3, userId: bob.id }),
      tl.messageEntityUrl({ offset: 16, length: 21 }),
    ])
    const [came] = await bob.expectUpdates('updateNewMessage')
    expect(came.message).toMatchObject({ entities: sent.entities })
  })

  test('silent and protected messages stay so', async () => {
    const sent = await alice.send(bob, 'psst', { silent: true, noforwards: true })
    expect(sent).toMatchObject({ silent: true, noforwards: true })
    await bob.expectUpdates('updateNewMessage')
    const forward = { fromPeer: alice.peer(bob), toPeer: tl.inputPeerSelf(), id: [sent.id], randomId: [31n] }
    expect(await alice.failure('messages.forwardMessages', forward)).toBe('CHAT_FORWARDS_RESTRICTED')
  })

  test.each([
    ['MESSAGE_EMPTY', { message: ' \n\t ' }],
    ['MESSAGE_TOO_LONG', { message: 'x'.repeat(4097) }],
    ['ENTITY_BOUNDS_INVALID', { entities: [tl.messageEntityBold({ offset: 3, length: 9 })] }],
    ['ENTITY_BOUNDS_INVALID', { message: '😀', entities: [tl.messageEntityBold({ offset: 1, length: 1 })] }],
    ['PEER_ID_INVALID', { peer: tl.inputPeerEmpty() }],
    ['PEER_ID_INVALID', { peer: tl.inputPeerUser({ userId: 1000001, accessHash: 5n }) }],
    ['REPLY_MESSAGE_ID_INVALID', { replyTo: tl.inputReplyToMessage({ replyToMsgId: 999_999 }) }],
    ['RANDOM_ID_EMPTY', { randomId: 0n }],
    ['SCHEDULE_DATE_TOO_LATE', { scheduleDate: 2_000_000_000 }],
  ] as const)('%s', async (error, fields) => {
    const before = await carol.history(bob)
    const request = { peer: carol.peer(bob), message: 'text', randomId: 77n, ...fields }
    expect(await carol.failure('messages.sendMessage', request as never)).toBe(error)
    await bob.expectUpdates()
    expect(await carol.history(bob)).toEqual(before)
  })

  test('4096 characters outside of the basic plane are not too long', async () => {
    const sent = await alice.send(bob, '😀'.repeat(4096))
    expect(sent.message).toHaveLength(8192)
    await bob.expectUpdates('updateNewMessage')
  })

  test('blocking forbids both directions', async () => {
    await carol.call('contacts.block', { id: carol.peer(bob) })
    expect(
      await bob.failure('messages.sendMessage', { peer: bob.peer(carol), message: 'x', randomId: 1n }),
    ).toBe('USER_IS_BLOCKED')
    expect(
      await carol.failure('messages.sendMessage', { peer: carol.peer(bob), message: 'x', randomId: 1n }),
    ).toBe('YOU_BLOCKED_USER')
    await bob.expectUpdates()
    await carol.expectUpdates()
    await carol.call('contacts.unblock', { id: carol.peer(bob) })
  })
})

describe('replies', () => {
  test('each side sees its own id of the message replied to', async () => {
    for (const note of ['shift', 'the', 'numbers']) await carol.send(carol, note)
    const question = await alice.send(carol, 'what do you think of it?')
    const [came] = await carol.expectUpdates('updateNewMessage')
    expect(came.message.id).not.toBe(question.id)
    const replyTo = tl.inputReplyToMessage({
      replyToMsgId: came.message.id,
      quoteText: 'think of',
      quoteOffset: 5,
    })
    const answer = await carol.send(alice, 'a lot', { replyTo })
    expect(answer.replyTo).toMatchObject({ replyToMsgId: came.message.id, quote: true })
    const [reply] = await alice.expectUpdates('updateNewMessage')
    expect(reply.message).toMatchObject({
      replyTo: { replyToMsgId: question.id, quoteText: 'think of', quoteOffset: 12 },
    })
    const bad = { ...replyTo, quoteText: 'not in it' }
    const request = { peer: carol.peer(alice), message: 'x', randomId: 5n, replyTo: bad }
    expect(await carol.failure('messages.sendMessage', request)).toBe('QUOTE_TEXT_INVALID')
  })

  test('a reply to another chat carries what it replies to', async () => {
    const note = await alice.send(alice, 'a note of mine')
    const replyTo = tl.inputReplyToMessage({ replyToMsgId: note.id, replyToPeerId: tl.inputPeerSelf() })
    await alice.send(bob, 'see this', { replyTo })
    const [came] = await bob.expectUpdates('updateNewMessage')
    expect(came.message).toMatchObject({
      replyTo: {
        replyToMsgId: undefined,
        quoteText: 'a note of mine',
        replyFrom: { fromId: { userId: alice.id } },
      },
    })
  })
})

describe('Saved Messages', () => {
  test('has one side, nothing outgoing, and no unread count', async () => {
    const desk = await carol.anotherDevice()
    const note = await carol.send(carol, 'buy milk')
    expect(note).toMatchObject({
      out: false,
      peerId: { userId: carol.id },
      savedPeerId: { userId: carol.id },
    })
    const [came] = await desk.expectUpdates('updateNewMessage')
    expect(came.message).toEqual(note)
    await carol.expectUpdates()
    const list = await carol.call('messages.getPeerDialogs', {
      peers: [tl.inputDialogPeer({ peer: tl.inputPeerSelf() })],
    })
    expect(list.dialogs).toMatchObject([{ topMessage: note.id, unreadCount: 0 }])
    desk.close()
  })
})
