import { __tlReaderMap, __tlWriterMap, TlBinaryReader, TlBinaryWriter } from '@mtcute/node/utils.js'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decodeObject, decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, encodeRequest, LayerCodec, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { readUpdates, writeUpdates } from './codec-straight.ts'
import type { BenchRow } from './row.ts'

/**
 * How long one measurement runs, and how many of them take turns: the best of each counts, which is the one that
 * nothing else disturbed. By the clock, for processor time is counted in ticks as long as a measurement.
 */
const MEASURE_MS = 2
const MEASUREMENTS = 200

/** Layers of clients: one of the oldest that documents quote, one of the middle, the newest. */
const LAYERS = [121, 167, NEWEST_LAYER]
/** Ten layers at once, as the members of a large group would have them. */
const MANY_LAYERS = [121, 133, 144, 158, 167, 181, 198, 214, 227, NEWEST_LAYER]
/** Layers that are compiled whole, once each. */
const COMPILED_LAYERS = [113, 124, 131, 138, 148, 155, 165, 174, 184, 193, 204, 216]
const COMPILE_GOAL_MS = 60
const COMPILE_GOAL_BYTES = 2 * 1024 * 1024

/**
 * The codec beside straight-line code written by hand for exactly this value, and beside mtcute's: an update with one
 * message and two users, as a new private message is pushed. The yardstick writes the newest layer.
 */
export async function codecRows(): Promise<BenchRow[]> {
  const updates = exampleUpdates()
  const codec = codecFor(NEWEST_LAYER)
  const bytes = codec.encode(updates, 'Updates')
  if (Buffer.compare(bytes, writeUpdates(updates)) !== 0) throw new Error('the yardstick writes other bytes')
  const foreign = new TlBinaryReader(
    __tlReaderMap,
    codecFor(227).encode(updates, 'Updates'),
  ).object() as object
  const foreignBytes = TlBinaryWriter.serializeObject(__tlWriterMap, foreign as never)
  const many = MANY_LAYERS.map((layer) => codecFor(layer))
  const sent = LAYERS.map((layer) => codecFor(layer).encode(updates, 'Updates'))
  const [byHand = 0, made = 0, fanned = 0, foreignWrite = 0, ...written] = compare([
    () => writeUpdates(updates),
    () => codec.encode(exampleUpdates(), 'Updates'),
    () => many.map((one) => one.encode(updates, 'Updates')),
    () => TlBinaryWriter.serializeObject(__tlWriterMap, foreign as never),
    ...LAYERS.map((layer) => () => codecFor(layer).encode(updates, 'Updates')),
  ])
  const [readByHand = 0, foreignRead = 0, ...read] = compare([
    () => readUpdates(bytes),
    () => new TlBinaryReader(__tlReaderMap, foreignBytes).object(),
    ...sent.map((each) => () => decodeObject(each)),
  ])
  const request = encodeRequest(exampleRequest())
  const [decoded = 0, copied = 0] = compare([() => decodeRequest(request), () => request.slice()])
  return [
    ...LAYERS.map((layer, i) => row(`encode an update for layer ${layer}`, written[i] ?? 0, byHand)),
    row(`the same for ${MANY_LAYERS.length} layers`, fanned, byHand * MANY_LAYERS.length),
    row('make it with factories and encode it', made, byHand),
    row('mtcute encodes it', foreignWrite, byHand),
    ...LAYERS.map((layer, i) => row(`decode it in layer ${layer}`, read[i] ?? 0, readByHand)),
    row('mtcute decodes it', foreignRead, readByHand),
    row('decode messages.sendMessage', decoded, copied),
    ...compileRows(),
  ]
}

/** What it takes to compile every writer of a layer, beside the goals. */
function compileRows(): BenchRow[] {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const times: number[] = []
  collect()
  const before = process.memoryUsage().heapUsed
  const kept = COMPILED_LAYERS.map((layer) => {
    const start = process.threadCpuUsage()
    const codec = new LayerCodec(layer)
    codec.compileAll()
    const { user, system } = process.threadCpuUsage(start)
    times.push((user + system) / 1000)
    return codec
  })
  collect()
  const grown = (process.memoryUsage().heapUsed - before) / kept.length
  const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
  const goal = (name: string, value: number, bound: number, unit: string): BenchRow => {
    return { name, value, unit, yardstick: bound, ratio: value / bound }
  }
  return [
    goal('compile a whole layer', middle, COMPILE_GOAL_MS, 'ms'),
    goal('what it holds', grown / 1024 / 1024, COMPILE_GOAL_BYTES / 1024 / 1024, 'MiB'),
  ]
}

function row(name: string, value: number, yardstick: number): BenchRow {
  return { name, value, unit: 'µs', yardstick, ratio: value / yardstick }
}

/** Microseconds of one run of each work. They take turns, so that what else the machine does meets all of them. */
function compare(works: readonly (() => unknown)[]): number[] {
  const least = works.map(() => Infinity)
  for (let turn = 0; turn < MEASUREMENTS; turn++) {
    for (const [i, work] of works.entries()) least[i] = Math.min(least[i] ?? Infinity, measure(work))
  }
  return least
}

function measure(work: () => unknown): number {
  const start = performance.now()
  let runs = 0
  let spentMs = 0
  let kept: unknown
  while (spentMs < MEASURE_MS) {
    for (let i = 0; i < 100; i++) kept = work()
    runs += 100
    spentMs = performance.now() - start
  }
  if (kept === undefined) throw new Error('nothing was measured')
  return (spentMs * 1000) / runs
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
  for (const { name, value, unit, yardstick, ratio } of await codecRows()) {
    console.log(
      `${name.padEnd(40)} ${value.toFixed(3)} ${unit}, yardstick ${yardstick.toFixed(3)}, ratio ${ratio.toFixed(2)}`,
    )
  }
}
