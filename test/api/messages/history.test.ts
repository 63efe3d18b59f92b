import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashIds } from '../../../src/domain/messages/history.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { Person, startWorld, texts, type World } from '../../harness/people.ts'

let world: World
let alice: Person
let bob: Person
/** Thirty messages, m1 to m30, a minute between each; those of alice have odd numbers. */
const ids: number[] = []
const dates: number[] = []

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  bob = await world.person('Bob')
  for (let number = 1; number <= 30; number++) {
    const [from, to] = number % 2 ? [alice, bob] : [bob, alice]
    await from.send(to, `m${number}`)
  }
  await alice.device.updates()
  await bob.device.updates()
  await world.server.context.db.sql`
    update message set date = date - 60 * (31 - substr(text, 2)::int) where text ~ '^m[0-9]+$'`
  for (const message of (await alice.history(bob)).toReversed()) {
    ids.push(message.id)
    dates.push(message._ === 'message' ? message.date : 0)
  }
})
afterAll(() => world[Symbol.asyncDispose]())

/** The id of m`number`. */
const id = (number: number): number => ids[number - 1]!
const range = (from: number, to: number): string[] =>
  Array.from({ length: from - to + 1 }, (_, index) => `m${from - index}`)

describe('messages.getHistory', () => {
  test.each<[string, Parameters<Person['history']>[1], string[]]>([
    ['the newest first', { limit: 3 }, range(30, 28)],
    ['all', {}, range(30, 1)],
    ['older than a message', { offsetId: -10, limit: 3 }, range(9, 7)],
    ['older, further on', { offsetId: -10, addOffset: 2, limit: 3 }, range(7, 5)],
    ['around a message', { offsetId: -10, addOffset: -2, limit: 4 }, ['m11', 'm10', 'm9', 'm8']],
    ['newer than a message', { offsetId: -10, addOffset: -3, limit: 3 }, ['m12', 'm11', 'm10']],
    ['newer, where there are not so many', { offsetId: -29, addOffset: -5, limit: 5 }, ['m30', 'm29']],
    ['nothing is older than the first', { offsetId: -1, limit: 5 }, []],
    ['between two ids', { offsetId: -12, limit: 10, maxId: -11, minId: -8 }, ['m10', 'm9']],
  ])('%s', async (_, window, expected) => {
    const real = Object.fromEntries(
      Object.entries(window ?? {}).map(([key, value]) => [
        key,
        key.endsWith('Id') && typeof value === 'number' ? id(-value) : value,
      ]),
    )
    expect(texts(await alice.history(bob, real))).toEqual(expected)
  })

  test('before a date', async () => {
    for (const number of [1, 2, 15, 30]) {
      const found = await alice.history(bob, { offsetDate: dates[number - 1]!, limit: 1 })
      expect(texts(found)).toEqual(number === 1 ? [] : [`m${number - 1}`])
    }
    expect(texts(await alice.history(bob, { offsetDate: dates[29]! + 1, limit: 1 }))).toEqual(['m30'])
  })

  test('says whether it is a part, and when the client has it already', async () => {
    const request = {
      peer: alice.peer(bob),
      offsetId: 0,
      offsetDate: 0,
      addOffset: 0,
      limit: 5,
      maxId: 0,
      minId: 0,
    }
    const part = await alice.call('messages.getHistory', { ...request, hash: 0n })
    expect(part).toMatchObject({ _: 'messages.messagesSlice', count: 30 })
    expect(part).toHaveProperty('users.length', 2)
    const hash = hashIds(ids.slice(-5).toReversed())
    expect(await alice.call('messages.getHistory', { ...request, hash })).toEqual(
      tl['messages.messagesNotModified']({ count: 30 }),
    )
    const whole = await alice.call('messages.getHistory', { ...request, limit: 100, hash: 0n })
    expect(whole._).toBe('messages.messages')
  })

  test('with a stranger there is none', async () => {
    const carol = await world.person('Carol')
    expect(await carol.history(alice)).toEqual([])
    const wrong = tl.inputPeerUser({ userId: alice.id, accessHash: 1n })
    const request = {
      peer: wrong,
      offsetId: 0,
      offsetDate: 0,
      addOffset: 0,
      limit: 5,
      maxId: 0,
      minId: 0,
      hash: 0n,
    }
    expect(await carol.failure('messages.getHistory', request)).toBe('PEER_ID_INVALID')
  })
})

test('messages.getMessages keeps the order and shows gaps', async () => {
  const replyTo = tl.inputReplyToMessage({ replyToMsgId: id(3) })
  const reply = await alice.send(bob, 'reply', { replyTo })
  const answer = await alice.call('messages.getMessages', {
    id: [
      tl.inputMessageID({ id: id(5) }),
      tl.inputMessageID({ id: 999_999 }),
      tl.inputMessageID({ id: id(4) }),
      tl.inputMessageReplyTo({ id: reply.id }),
    ],
  })
  if (answer._ !== 'messages.messages') throw new Error(answer._)
  expect(texts(answer.messages)).toEqual(['m5', 'messageEmpty', 'm4', 'm3'])
  expect(answer.messages[1]).toMatchObject({ id: 999_999 })
  await alice.call('messages.deleteMessages', { id: [reply.id], revoke: true })
  await bob.device.updates()
})

test('what private chats have none of is empty', async () => {
  expect(
    await alice.call('messages.getCommonChats', { userId: alice.user(bob), maxId: 0, limit: 10 }),
  ).toEqual(tl['messages.chats']({ chats: [] }))
  const none = { messages: [], users: [] }
  const peer = alice.peer(bob)
  expect(await alice.call('messages.getScheduledHistory', { peer, hash: 0n })).toMatchObject(none)
  const window = { offsetId: 0, addOffset: 0, limit: 10, maxId: 0, minId: 0 }
  expect(await alice.call('messages.getUnreadMentions', { peer, ...window })).toMatchObject(none)
})

describe('search', () => {
  const search = async (person: Person, fields: Record<string, unknown>): Promise<T.messages.Messages> =>
    await person.call('messages.search', {
      peer: person.peer(person === alice ? bob : alice),
      q: '',
      filter: tl.inputMessagesFilterEmpty(),
      minDate: 0,
      maxDate: 0,
      offsetId: 0,
      addOffset: 0,
      limit: 20,
      maxId: 0,
      minId: 0,
      hash: 0n,
      ...fields,
    })
  const found = async (person: Person, fields: Record<string, unknown>): Promise<string[]> => {
    const answer = await search(person, fields)
    return texts('messages' in answer ? answer.messages : [])
  }

  test('finds words by how they begin, whatever the case', async () => {
    expect(await found(alice, { q: 'M12' })).toEqual(['m12'])
    expect(await found(alice, { q: 'm2' })).toEqual([...range(29, 20), 'm2'])
    expect(await found(alice, { q: '2' })).toEqual([])
    expect(await found(alice, { q: 'm2 m29' })).toEqual(['m29'])
    expect(await found(alice, { q: '.*' })).toEqual([])
  })

  test('pages, people and dates', async () => {
    expect(await found(alice, { q: 'm2', limit: 2, offsetId: id(27) })).toEqual(['m26', 'm25'])
    expect(await found(alice, { q: 'm2', limit: 2, offsetId: id(27), addOffset: -1 })).toEqual(['m27', 'm26'])
    expect(await found(alice, { q: 'm2', fromId: alice.peer(bob), limit: 2 })).toEqual(['m28', 'm26'])
    expect(await found(alice, { q: 'm', minDate: dates[4], maxDate: dates[7] })).toEqual(['m7', 'm6'])
    expect(await search(alice, { q: 'm2', limit: 2 })).toMatchObject({
      _: 'messages.messagesSlice',
      count: 11,
    })
    expect(await found(alice, { limit: 2 })).toEqual(['m30', 'm29'])
    expect(await found(alice, { q: 'm', filter: tl.inputMessagesFilterPhotos() })).toEqual([])
  })

  test('finds links, and counts them', async () => {
    const carol = await world.person('Carol')
    await carol.send(alice, 'see example.com')
    await carol.send(alice, 'no link')
    const filter = tl.inputMessagesFilterUrl()
    expect(await found(carol, { peer: carol.peer(alice), filter })).toEqual(['see example.com'])
    const filters = [filter, tl.inputMessagesFilterPhotos(), tl.inputMessagesFilterEmpty()]
    const counters = await carol.call('messages.getSearchCounters', { peer: carol.peer(alice), filters })
    expect(counters.map((counter) => counter.count)).toEqual([1, 0, 2])
    await alice.device.updates()
  })

  test('of everything pages by date and id', async () => {
    const carol = await world.person('Carol')
    await carol.send(alice, 'm2 of carol')
    await alice.device.updates()
    const global = async (fields: Record<string, unknown>) => {
      const answer = await alice.call('messages.searchGlobal', {
        q: 'm2',
        filter: tl.inputMessagesFilterEmpty(),
        minDate: 0,
        maxDate: 0,
        offsetRate: 0,
        offsetPeer: tl.inputPeerEmpty(),
        offsetId: 0,
        limit: 3,
        ...fields,
      })
      if (answer._ === 'messages.messagesNotModified') throw new Error(answer._)
      return answer
    }
    const first = await global({})
    expect(texts(first.messages)).toEqual(['m2 of carol', 'm29', 'm28'])
    if (first._ !== 'messages.messagesSlice') throw new Error(first._)
    expect(first).toMatchObject({ count: 12, nextRate: dates[27] })
    const next = await global({ offsetRate: first.nextRate, offsetId: first.messages.at(-1)!.id })
    expect(texts(next.messages)).toEqual(['m27', 'm26', 'm25'])
    expect(texts((await global({ groupsOnly: true })).messages)).toEqual([])
    const empty = { q: '', offsetPeer: tl.inputPeerEmpty(), filter: tl.inputMessagesFilterEmpty() }
    const zero = { minDate: 0, maxDate: 0, offsetRate: 0, offsetId: 0, limit: 3 }
    expect(await alice.failure('messages.searchGlobal', { ...empty, ...zero })).toBe('SEARCH_QUERY_EMPTY')
  })
})
