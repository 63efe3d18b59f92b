import { afterEach, beforeEach, expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import type { RpcCall } from '../../src/mtproto/session.ts'
import { decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, encodeRequest, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { echo, gzipped, write } from '../mtproto/messages.ts'
import { startStub, TestClock, testKey, type Stub } from '../mtproto/stub.ts'
import { Connection, openSocket } from './load/connection.ts'
import { shakeHands, strangerOf } from './load/handshake.ts'
import { MARKED_TEXT, numbersIn } from './load/marks.ts'
import { Traffic } from './load/traffic.ts'

/** The load generator is to be believed when it says that a server lost a message or brought it twice. */
const codec = codecFor(NEWEST_LAYER)
const RESEND_MS = 200_000
const LATE_MS = 310_000
/** The server's side of what is asked. */
let answer: (call: RpcCall) => Uint8Array
let clock: TestClock
let stub: Stub
let connections: Connection[]

beforeEach(async () => {
  answer = (call) => call.body
  connections = []
  clock = new TestClock(Date.now())
  stub = await startStub({ clock, onRequest: (call) => Promise.resolve(answer(call)) })
})
afterEach(async () => {
  for (const connection of connections) connection.close()
  await stub[Symbol.asyncDispose]()
})

/** A session that the server knows, with what was pushed to it. */
async function connect(): Promise<{ connection: Connection; pushes: Buffer[] }> {
  const connection = await shakeHands(strangerOf(stub, testKey.publicPem))
  connections.push(connection)
  const pushes: Buffer[] = []
  connection.onUpdate = (body) => pushes.push(body)
  await connection.request(echo(0))
  return { connection, pushes }
}

/** An access_hash that looks like a mark, as one in some thousand does. */
const LIKE_A_MARK = Buffer.from('..~m..~m').readBigInt64LE(0)

function update(text: string): Buffer {
  const peerId = tl.peerUser({ userId: 7 })
  const message = tl.message({ id: 1, peerId, date: 0x6d7e, message: text })
  const users = [tl.user({ id: 7, accessHash: LIKE_A_MARK, firstName: '~m0000000001' })]
  const updates = [tl.updateNewMessage({ message, pts: 0x6d7e, ptsCount: 1 })]
  return Buffer.from(codec.encode(tl.updates({ updates, users, chats: [], date: 1, seq: 0 }), 'Updates'))
}

test('what only looks like a mark counts for no message', () => {
  expect(numbersIn(update(MARKED_TEXT.replace(/\d+/, '0000001234')))).toEqual([1234])
  expect(numbersIn(update('no mark'))).toEqual([])
})

/** Two people; what the one sends is pushed to the other, as often as is said. */
async function converse(timesOf: (nth: number) => number): Promise<Traffic> {
  const sender = (await connect()).connection
  const receiver = (await connect()).connection
  const to = stub.sessions.at(-1)!
  let nth = 0
  answer = (call) => {
    const request = decodeRequest(call.body) as T.Methods['messages.sendMessage']['req']
    for (let times = timesOf(++nth); times > 0; times--) to.push(update(request.message))
    return call.body
  }
  return new Traffic([{ sender, receiver, receiverId: 7, accessHash: LIKE_A_MARK }])
}

const PACE = { perSecond: 500, warmMs: 20, measureMs: 80 }

test('messages that came once are counted as such, run after run, whoever they are of', async () => {
  const traffic = await converse(() => 1)
  for (let run = 0; run < 2; run++) expect((await traffic.openLoop(PACE)).count).toBeGreaterThan(20)
})

test('a message that came twice is told by its number', async () => {
  const traffic = await converse((nth) => (nth === 3 ? 2 : 1))
  await expect(traffic.openLoop(PACE)).rejects.toThrow(/ 0 were not delivered and 1 came twice .*twice 3\)/)
})

test('a message of an earlier run counts as one that came twice', async () => {
  const traffic = await converse(() => 1)
  await traffic.openLoop(PACE)
  stub.sessions.at(-1)!.push(update(MARKED_TEXT.replace(/\d+/, '0000000001')))
  await expect(traffic.openLoop(PACE)).rejects.toThrow(/ 0 were not delivered and 1 came twice .*twice 1\)/)
})

test('what is sent again for want of an acknowledgement is passed over', async () => {
  const { pushes, connection } = await connect()
  const [session] = stub.sessions
  session!.push(update('one'))
  await expect.poll(() => pushes.length).toBe(1)
  clock.advance(RESEND_MS)
  session!.push(update('two'))
  await expect.poll(() => pushes.length).toBe(2)
  await connection.request(encodeRequest(tl['help.getNearestDc']()))
  expect(pushes).toHaveLength(2)
})

test('a request whose salt was refused is asked again', async () => {
  const { connection } = await connect()
  const again = new Connection(await openSocket(stub), connection.key, 1n)
  connections.push(again)
  expect(await again.request(echo(1))).toEqual(echo(1))
})

test('a packed update is unpacked, and what nobody asked for is named', async () => {
  const { connection, pushes } = await connect()
  const failed = Promise.withResolvers<Error>()
  connection.onFailure = failed.resolve
  stub.sessions[0]!.push(gzipped(update('packed')))
  await expect.poll(() => pushes).toEqual([update('packed')])
  stub.sessions[0]!.push(write((w) => w.int(ID.futureSalts)))
  expect((await failed.promise).message).toBe('the server sent future_salts, which nobody asked for')
})

test('an error names its method', async () => {
  const { connection } = await connect()
  answer = () => codec.encode(tl.rpc_error({ errorCode: 420, errorMessage: 'FLOOD_WAIT_3' }), 'RpcError')
  const asked = connection.request(encodeRequest(tl['updates.getState']()))
  await expect(asked).rejects.toThrow('the server answered 420 FLOOD_WAIT_3 to updates.getState')
})

test('a transport error fails whatever is asked, by its code', async () => {
  const { connection } = await connect()
  const unknown = { ...connection.key, id: 1n }
  const other = new Connection(await openSocket(stub), unknown, 0n)
  await expect(other.request(echo(1))).rejects.toThrow('the server ended a connection with 404')
})

test('a refused message is named with the reason', async () => {
  const { connection } = await connect()
  clock.advance(LATE_MS)
  const asked = connection.request(encodeRequest(tl['updates.getState']()))
  await expect(asked).rejects.toThrow('the server refused updates.getState: 16, msg_id too low')
})
