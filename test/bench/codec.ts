import { __tlReaderMap, __tlWriterMap, TlBinaryReader, TlBinaryWriter } from '@mtcute/node/utils.js'
import { decodeObject, decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, encodeRequest, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { readUpdates, writeUpdates } from './codec-straight.ts'
import type { BenchRow } from './row.ts'

/** How long one measurement runs, and how many of them: the best counts. */
const MEASURE_MS = 60
const MEASUREMENTS = 5

/**
 * The codec beside straight-line code written by hand for exactly this value, and beside mtcute's: an update with one
 * message and two users, as a new private message is pushed.
 */
export async function codecRows(): Promise<BenchRow[]> {
  const updates = exampleUpdates()
  const codec = codecFor(NEWEST_LAYER)
  const bytes = codec.encode(updates, 'Updates')
  if (Buffer.compare(bytes, writeUpdates(updates)) !== 0) throw new Error('the yardstick writes other bytes')
  const byHand = best(() => writeUpdates(updates))
  const readByHand = best(() => readUpdates(bytes))
  const rows = [
    row(
      'encode an update',
      best(() => codec.encode(updates, 'Updates')),
      byHand,
    ),
    row(
      'encode it for layer 198',
      best(() => codecFor(198).encode(updates, 'Updates')),
      byHand,
    ),
    row(
      'decode it',
      best(() => decodeObject(bytes)),
      readByHand,
    ),
    row(
      'make it with factories and encode it',
      best(() => codec.encode(exampleUpdates(), 'Updates')),
      byHand,
    ),
  ]
  const foreign = new TlBinaryReader(
    __tlReaderMap,
    codecFor(227).encode(updates, 'Updates'),
  ).object() as object
  const foreignBytes = TlBinaryWriter.serializeObject(__tlWriterMap, foreign as never)
  rows.push(
    row(
      'mtcute encodes it',
      best(() => TlBinaryWriter.serializeObject(__tlWriterMap, foreign as never)),
      byHand,
    ),
    row(
      'mtcute decodes it',
      best(() => new TlBinaryReader(__tlReaderMap, foreignBytes).object()),
      readByHand,
    ),
  )
  const request = encodeRequest(exampleRequest())
  rows.push(
    row(
      'decode messages.sendMessage',
      best(() => decodeRequest(request)),
      best(() => request.slice()),
    ),
  )
  return rows
}

function row(name: string, value: number, yardstick: number): BenchRow {
  return { name, value, unit: 'µs', yardstick, ratio: value / yardstick }
}

/** Microseconds for one run of `work`. */
function best(work: () => unknown): number {
  let least = Infinity
  let kept: unknown
  for (let i = 0; i < MEASUREMENTS; i++) {
    const start = performance.now()
    let runs = 0
    let now = start
    while (now - start < MEASURE_MS) {
      for (let j = 0; j < 1000; j++) kept = work()
      runs += 1000
      now = performance.now()
    }
    least = Math.min(least, ((now - start) * 1000) / runs)
  }
  if (kept === undefined) throw new Error('nothing was measured')
  return least
}

export function exampleUpdates(): T.updates {
  const user = (id: number, firstName: string): T.user =>
    tl.user({
      id,
      accessHash: 0x1234_5678_9abc_def0n,
      firstName,
      lastName: 'Lastname',
      username: `user_${id}`,
      phone: '15550001111',
      photo: tl.userProfilePhoto({ photoId: 77n, dcId: 2, strippedThumb: new Uint8Array(40) }),
      status: tl.userStatusOnline({ expires: 1_700_000_300 }),
    })
  const message = tl.message({
    id: 1000,
    fromId: tl.peerUser({ userId: 1001 }),
    peerId: tl.peerUser({ userId: 1002 }),
    date: 1_700_000_000,
    message: 'Hello there, this is a message of usual length with a link',
    entities: [
      tl.messageEntityBold({ offset: 0, length: 5 }),
      tl.messageEntityItalic({ offset: 13, length: 4 }),
    ],
  })
  return tl.updates({
    updates: [tl.updateNewMessage({ message, pts: 5000, ptsCount: 1 })],
    users: [user(1001, 'Alice'), user(1002, 'Robert')],
    chats: [],
    date: 1_700_000_000,
    seq: 0,
  })
}

function exampleRequest(): T.AnyMethod {
  return tl['messages.sendMessage']({
    peer: tl.inputPeerUser({ userId: 1002, accessHash: 5n }),
    message: 'Hello there, this is a message of usual length with a link',
    randomId: 99n,
  })
}

if (import.meta.main) {
  for (const { name, value, yardstick, ratio } of await codecRows()) {
    console.log(
      `${name.padEnd(40)} ${value.toFixed(3)} µs, by hand ${yardstick.toFixed(3)}, ratio ${ratio.toFixed(2)}`,
    )
  }
}
