import { describe, expect, test } from 'vitest'
import { decodeObject, decodeResult } from '../../src/tl/decode.ts'
import { codecFor, NEWEST_LAYER, NotInLayerError } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { StrictLayer, strictPool } from './strict.ts'

const { definitions, layers } = strictPool()
const OLDEST = layers[0] as number
/** A layer that lacks most of what these tests are about. */
const OLD = 198
const old = new StrictLayer(definitions, OLD)

function readOld(bytes: Uint8Array, type: string): unknown {
  return old.read(bytes, type)
}

describe('the codec of a layer', () => {
  test('serves an unknown layer as the nearest below, a higher one as the newest, a lower one as the oldest', () => {
    expect(codecFor(NEWEST_LAYER + 50).layer).toBe(NEWEST_LAYER)
    expect(codecFor(NEWEST_LAYER)).toBe(codecFor(NEWEST_LAYER + 1))
    expect(codecFor(226).layer).toBe(226)
    expect(codecFor(1).layer).toBe(OLDEST)
  })

  test('leaves out of a vector what the layer lacks', () => {
    const message = tl.message({
      id: 1,
      peerId: tl.peerUser({ userId: 5 }),
      date: 1,
      message: 'abc',
      entities: [
        tl.messageEntityBold({ offset: 0, length: 1 }),
        tl.messageEntityFormattedDate({ offset: 0, length: 1, date: 7 }),
        tl.messageEntityItalic({ offset: 1, length: 1 }),
      ],
    })
    const read = readOld(codecFor(OLD).encode(message, 'Message'), 'Message') as typeof message
    expect(read.entities?.map(({ _ }) => _)).toEqual(['messageEntityBold', 'messageEntityItalic'])
  })

  test('writes what stands in for a medium that the layer lacks', () => {
    const media = tl.messageMediaToDo({
      todo: tl.todoList({ title: tl.textWithEntities({ text: 'x', entities: [] }), list: [] }),
    })
    expect(readOld(codecFor(OLD).encode(media, 'MessageMedia'), 'MessageMedia')).toEqual({
      _: 'messageMediaUnsupported',
    })
  })

  test('turns an update that the layer lacks into one that takes the same pts, or refuses it', () => {
    const poll = tl.updatePinnedForumTopic({ peer: tl.peerUser({ userId: 1 }), topicId: 1 })
    expect(codecFor(OLD).tryEncode(poll, 'Update')).toBeUndefined()
    expect(() => codecFor(OLD).encode(poll, 'Update')).toThrow(NotInLayerError)
    const wrapped = tl.updates({ updates: [poll], users: [], chats: [], date: 1, seq: 0 })
    expect(readOld(codecFor(OLD).encode(wrapped, 'Updates'), 'Updates')).toMatchObject({ updates: [] })
  })

  test('answers with what the layer declares: a boolean, numbers, a vector of objects, an object', () => {
    for (const layer of layers) {
      const codec = codecFor(layer)
      const strict = new StrictLayer(definitions, layer)
      expect(strict.read(codec.encodeResult('account.updateStatus', true), 'Bool')).toBe(true)
      expect(strict.read(codec.encodeResult('messages.receivedQueue', [5n]), 'Vector<long>')).toEqual([5n])
      const users = codec.encodeResult('users.getUsers', [tl.userEmpty({ id: 7 })])
      expect(strict.read(users, 'Vector<User>')).toEqual([{ _: 'userEmpty', id: layer < 133 ? 7 : 7n }])
      const state = tl['updates.state']({ pts: 1, qts: 2, date: 3, seq: 4, unreadCount: 5 })
      expect(strict.read(codec.encodeResult('updates.getState', state), 'updates.State')).toEqual(state)
    }
  })

  test('reads answers back', () => {
    const codec = codecFor(NEWEST_LAYER)
    const back = <M extends T.MethodName>(method: M, value: T.Methods[M]['res']): unknown =>
      decodeResult(method, codec.encodeResult(method, value))
    expect(back('account.updateStatus', false)).toBe(false)
    expect(back('messages.receivedQueue', [5n, -5n])).toEqual([5n, -5n])
    expect(back('users.getUsers', [tl.userEmpty({ id: 7 })])).toEqual([{ _: 'userEmpty', id: 7 }])
    expect(back('messages.getDialogUnreadMarks', [])).toEqual([])
  })

  test('refuses an answer whose type the layer has otherwise', () => {
    const forwards = tl['stats.publicForwards']({ count: 0, forwards: [], chats: [], users: [] })
    expect(() => codecFor(150).encodeResult('stats.getMessagePublicForwards', forwards)).toThrow(
      NotInLayerError,
    )
  })

  test('an object of the wrong union is a fault of ours', () => {
    expect(() => codecFor(NEWEST_LAYER).encode(tl.peerUser({ userId: 1 }), 'Message')).toThrow(
      'peerUser is a Message',
    )
    // It leaves nothing behind in the writer.
    expect(decodeObject(codecFor(NEWEST_LAYER).encode(tl.peerUser({ userId: 1 }), 'Peer'))).toEqual({
      _: 'peerUser',
      userId: 1,
    })
  })

  test('an empty vector is there, an absent one is not', () => {
    const base = { id: 1, peerId: tl.peerUser({ userId: 5 }), date: 1, message: '' }
    for (const entities of [[], undefined]) {
      const bytes = codecFor(NEWEST_LAYER).encode(tl.message({ ...base, entities }), 'Message')
      expect(decodeObject(bytes)).toMatchObject({ entities })
    }
  })
})
