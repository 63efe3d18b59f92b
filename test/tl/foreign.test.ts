import { __tlReaderMap, __tlWriterMap, TlBinaryReader, TlBinaryWriter } from '@mtcute/node/utils.js'
import fc from 'fast-check'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { decodeRequest } from '../../src/tl/decode.ts'
import { codecFor } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { heights, RandomValues } from './random-value.ts'
import { plain, StrictLayer, strictPool } from './strict.ts'

/** The layers that the installed versions of the foreign libraries speak. */
const MTCUTE_LAYER = 227
const GRAMJS_LAYER = 198

const { definitions } = strictPool()

test('mtcute reads what is written for its layer, and writes the same bytes', () => {
  const layer = new StrictLayer(definitions, MTCUTE_LAYER)
  const newest = new StrictLayer(definitions, 229)
  const newestHeights = heights(newest)
  const codec = codecFor(MTCUTE_LAYER)
  let same = 0
  for (const definition of newest.byName.values()) {
    const old = layer.byName.get(definition.name)
    if (!old || !(old.id in __tlReaderMap) || definition.section !== '---types---') continue
    fc.assert(
      fc.property(fc.noShrink(fc.integer()), (seed) => {
        // mtcute takes an empty optional vector for an absent one, and writes negative ids wrong.
        const value = new RandomValues(newest, newestHeights, seed, true).object(definition)
        const bytes = codec.tryEncode(value, definition.result)
        if (!bytes) return
        const read = new TlBinaryReader(__tlReaderMap, bytes).object() as { _: string }
        // Something may stand in for what the layer cannot say.
        if (read._ !== definition.name) return
        const again = TlBinaryWriter.serializeObject(__tlWriterMap, read)
        if (Buffer.compare(again, bytes) === 0) same++
        // Elements that the layer lacks are left out, which may leave an empty vector.
        else expect(told(layer, again, definition.result)).toBe(told(layer, bytes, definition.result))
      }),
      { numRuns: 2 },
    )
  }
  expect(same).toBeGreaterThan(2000)
})

function told(layer: StrictLayer, bytes: Uint8Array, union: string): string {
  return plain(layer.read(bytes, union)).replaceAll('[]', '"absent"')
}

type Make = new (fields: object) => { getBytes(): Buffer }

test('requests have the bytes that GramJS gives them', () => {
  const require = createRequire(import.meta.url)
  const { Api } = require('telegram') as { Api: Record<string, unknown> }
  const { returnBigInt: big } = require('telegram/Helpers') as { returnBigInt: (value: string) => unknown }
  const make = (path: string, fields: object = {}): InstanceType<Make> => {
    const found = path
      .split('.')
      .reduce<unknown>((place, name) => (place as Record<string, unknown>)[name], Api)
    return new (found as Make)(fields)
  }
  const cases: [T.AnyMethod, InstanceType<Make>][] = [
    [
      tl['messages.sendMessage']({
        peer: tl.inputPeerUser({ userId: 2 ** 31, accessHash: -5n }),
        message: 'hällo',
        randomId: 2n ** 62n,
        silent: true,
        replyTo: tl.inputReplyToMessage({ replyToMsgId: 7 }),
        entities: [tl.messageEntityBold({ offset: 0, length: 3 })],
      }),
      make('messages.SendMessage', {
        peer: make('InputPeerUser', { userId: big(String(2 ** 31)), accessHash: big('-5') }),
        message: 'hällo',
        randomId: big(String(2n ** 62n)),
        silent: true,
        replyTo: make('InputReplyToMessage', { replyToMsgId: 7 }),
        entities: [make('MessageEntityBold', { offset: 0, length: 3 })],
      }),
    ],
    [
      tl['auth.sendCode']({
        phoneNumber: '+15550001111',
        apiId: 1,
        apiHash: 'f'.repeat(32),
        settings: tl.codeSettings({ allowAppHash: true }),
      }),
      make('auth.SendCode', {
        phoneNumber: '+15550001111',
        apiId: 1,
        apiHash: 'f'.repeat(32),
        settings: make('CodeSettings', { allowAppHash: true }),
      }),
    ],
    [
      tl.invokeWithLayer({ layer: 198, query: tl['updates.getState']() }),
      make('InvokeWithLayer', { layer: 198, query: make('updates.GetState') }),
    ],
    [
      tl['users.getUsers']({ id: [tl.inputUserSelf(), tl.inputUser({ userId: 5, accessHash: 6n })] }),
      make('users.GetUsers', {
        id: [make('InputUserSelf'), make('InputUser', { userId: big('5'), accessHash: big('6') })],
      }),
    ],
    [
      tl['messages.getHistory']({
        peer: tl.inputPeerSelf(),
        offsetId: 1,
        offsetDate: 2,
        addOffset: -3,
        limit: 100,
        maxId: 0,
        minId: 0,
        hash: 9n,
      }),
      make('messages.GetHistory', {
        peer: make('InputPeerSelf'),
        offsetId: 1,
        offsetDate: 2,
        addOffset: -3,
        limit: 100,
        maxId: 0,
        minId: 0,
        hash: big('9'),
      }),
    ],
  ]
  for (const [request, foreign] of cases) {
    const bytes = foreign.getBytes()
    expect(Buffer.from(codecFor(GRAMJS_LAYER).encodeRequest(request)).toString('hex')).toBe(
      bytes.toString('hex'),
    )
    expect(decodeRequest(bytes)).toStrictEqual(request)
  }
})
