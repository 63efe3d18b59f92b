import { describe, expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import { messageIdAt } from '../../src/mtproto/message-ids.ts'
import { TlReader } from '../../src/tl/reader.ts'
import { idsMessage, type Client } from './client/client.ts'
import { echo, ping, readResult, settle, write } from './messages.ts'
import { startStub, TestClock } from './stub.ts'

test('ping is answered with pong', async () => {
  await using stub = await startStub()
  const client = await stub.connect()
  const [sent] = client.send([{ body: ping(0x1122334455667788n) }])
  const { body, msgId, seqNo } = await client.waitForId(ID.pong)
  expect([body.readBigInt64LE(4), body.readBigInt64LE(12)]).toEqual([sent!.msgId, 0x1122334455667788n])
  expect([msgId & 3n, seqNo & 1]).toEqual([1n, 0])
  client.close()
})

test('ping_delay_disconnect closes the connection unless it comes again', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock })
  const client = await stub.connect()
  const pingFor = async (delaySec: number, pingId: bigint): Promise<void> => {
    client.send([
      {
        body: write(
          (w) => w.int(ID.pingDelayDisconnect),
          (w) => w.long(pingId),
          (w) => w.int(delaySec),
        ),
      },
    ])
    await client.waitFor(({ body }) => body.readInt32LE(0) === ID.pong && body.readBigInt64LE(12) === pingId)
  }
  await pingFor(75, 1n)
  clock.advance(60_000)
  await pingFor(75, 2n)
  clock.advance(60_000)
  expect(stub.server.stats.connections).toBe(1)
  clock.advance(20_000)
  await client.closed
  expect(stub.server.stats.connections).toBe(0)
})

describe('get_future_salts', () => {
  const salts = async (
    client: Client,
    count: number,
  ): Promise<{ since: number; until: number; salt: bigint }[]> => {
    client.messages.length = 0
    const [sent] = client.send([
      {
        body: write(
          (w) => w.int(ID.getFutureSalts),
          (w) => w.int(count),
        ),
      },
    ])
    const reader = new TlReader((await client.waitForId(ID.futureSalts)).body.subarray(4))
    expect(reader.long()).toBe(sent!.msgId)
    reader.int()
    const list = Array.from({ length: reader.int() }, () => ({
      since: reader.int(),
      until: reader.int(),
      salt: reader.long(),
    }))
    reader.finish()
    return list
  }

  test('gives salts that follow each other, and that are accepted in their time', async () => {
    const clock = new TestClock()
    await using stub = await startStub({ clock, limits: { idleSec: 100_000, detachedSec: 100_000 } })
    const client = await stub.connect()
    await client.request(echo(0))
    const list = await salts(client, 64)
    expect(list).toHaveLength(64)
    expect(list[0]!.salt).toBe(client.salt)
    for (const [i, { since, until }] of list.entries()) {
      if (i > 0) expect(since).toBeGreaterThan(list[i - 1]!.since)
      if (i > 0) expect(since).toBeLessThan(list[i - 1]!.until)
      expect(until).toBeGreaterThan(clock.nowSec())
    }
    clock.advance((list[5]!.since + 60) * 1000 - clock.nowMs())
    client.salt = list[5]!.salt
    await client.request(echo(1))
    expect(client.messages.some(({ body }) => body.readInt32LE(0) === ID.badServerSalt)).toBe(false)
    client.close()
  })

  test.for([
    [1, 1],
    [5, 5],
    [1000, 64],
    [0, 1],
    [-7, 1],
  ] as const)('%i asked, %i given', async ([asked, given]) => {
    await using stub = await startStub()
    const client = await stub.connect()
    expect(await salts(client, asked)).toHaveLength(given)
    client.close()
  })
})

test('msgs_state_req tells what is known of each message', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await using stub = await startStub({
    onRequest: async ({ body }) => {
      if (body[4] === 2) await promise
      return body
    },
  })
  const client = await stub.connect({ acknowledges: false })
  const ancient = messageIdAt(Date.now() - 100_000)
  await client.request(echo(1))
  const answered = client.messages.find(({ body }) => body.readInt32LE(0) === ID.rpcResult)!
  const missing = client.nextMsgId()
  const [running, pinged] = client.send([{ body: echo(2), isContent: true }, { body: ping(1n) }])
  await client.waitForId(ID.pong)
  const ids = [
    ancient,
    readResult(answered.body).reqMsgId,
    missing,
    running!.msgId,
    pinged!.msgId,
    client.nextMsgId() + (1n << 40n),
  ]
  const [asked] = client.send([{ body: idsMessage(ID.msgsStateReq, ids) }])
  const info = new TlReader((await client.waitForId(ID.msgsStateInfo)).body.subarray(4))
  expect(info.long()).toBe(asked!.msgId)
  expect([...info.bytes()]).toEqual([1, 4 + 8 + 32 + 64, 2, 4 + 8 + 32, 4 + 16, 3])
  resolve()
  client.close()
})

test('msg_resend_req for what is not there is answered with what is known', async () => {
  await using stub = await startStub()
  const client = await stub.connect({ acknowledges: false })
  await client.request(echo(1))
  const result = client.messages.find(({ body }) => body.readInt32LE(0) === ID.rpcResult)!
  client.messages.length = 0
  client.send([{ body: idsMessage(ID.msgResendReq, [result.msgId, 12345n]) }])
  const { body } = await client.waitForId(ID.msgsStateInfo)
  expect(new TlReader(body.subarray(12)).bytes()).toHaveLength(2)
  expect((await client.waitForId(ID.rpcResult)).msgId).toBe(result.msgId)
  client.close()
})

test('msg_resend_ans_req sends the answers to requests again', async () => {
  await using stub = await startStub()
  const client = await stub.connect({ acknowledges: false })
  await client.request(echo(1))
  const result = client.messages.find(({ body }) => body.readInt32LE(0) === ID.rpcResult)!
  client.messages.length = 0
  client.send([{ body: idsMessage(ID.msgResendAnsReq, [readResult(result.body).reqMsgId]) }])
  expect((await client.waitForId(ID.rpcResult)).msgId).toBe(result.msgId)
  client.send([{ body: idsMessage(ID.msgResendAnsReq, [4n]) }])
  await client.waitForId(ID.msgsStateInfo)
  client.close()
})

test('msgs_all_info acknowledges what the client has', async () => {
  await using stub = await startStub()
  const client = await stub.connect({ acknowledges: false })
  await client.request(echo(1))
  const ids = client.messages.map(({ msgId }) => msgId)
  const info = write(
    (w) => w.int(ID.msgsAllInfo),
    (w) => w.vector(ids.length),
    ...ids.map((id) => (w: { long: (id: bigint) => void }) => w.long(id)),
    (w) => w.bytes(Buffer.alloc(ids.length, 4)),
  )
  client.send([{ body: info }, { body: ping(1n) }])
  await client.waitForId(ID.pong)
  client.close()
  const next = await stub.connect({ after: client })
  next.send([{ body: ping(2n) }])
  await next.waitForId(ID.pong)
  await settle()
  expect(next.messages).toHaveLength(1)
  next.close()
})

describe('rpc_drop_answer', () => {
  const drop = (msgId: bigint): Buffer =>
    write(
      (w) => w.int(ID.rpcDropAnswer),
      (w) => w.long(msgId),
    )

  test('of an unknown request', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    expect((await client.request(drop(4n))).readInt32LE(0)).toBe(ID.rpcAnswerUnknown)
    client.close()
  })

  test('of one that runs, which gets the same answer', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await using stub = await startStub({ onRequest: async ({ body }) => (await promise, body) })
    const client = await stub.connect()
    const message = client.number({ body: echo(1), isContent: true })
    const answer = client.answerTo(message)
    client.send([message])
    expect((await client.request(drop(message.msgId))).readInt32LE(0)).toBe(ID.rpcAnswerDroppedRunning)
    expect((await answer).readInt32LE(0)).toBe(ID.rpcAnswerDroppedRunning)
    resolve()
    await settle()
    const results = client.messages.filter(({ body }) => body.readInt32LE(0) === ID.rpcResult)
    expect(results).toHaveLength(2)
    client.close()
  })

  test('of one that is answered, whose answer is not sent again', async () => {
    await using stub = await startStub()
    const client = await stub.connect({ acknowledges: false })
    const message = client.number({ body: echo(1), isContent: true })
    const answer = client.answerTo(message)
    client.send([message])
    await answer
    const original = client.messages.find(({ body }) => body.readInt32LE(0) === ID.rpcResult)!
    const dropped = await client.request(drop(message.msgId))
    expect(dropped.readInt32LE(0)).toBe(ID.rpcAnswerDropped)
    expect(dropped.readBigInt64LE(4)).toBe(original.msgId)
    expect(dropped.readInt32LE(12)).toBe(original.seqNo)
    expect(dropped.readInt32LE(16)).toBe(original.body.length)
    client.close()
    const next = await stub.connect({ after: client })
    next.send([{ body: ping(1n) }])
    await next.waitForId(ID.pong)
    await settle()
    const again = next.messages.filter(({ msgId }) => msgId === original.msgId)
    expect(again).toHaveLength(0)
    next.close()
  })
})

test('destroy_session ends another session of the key, and no other', async () => {
  await using stub = await startStub()
  const first = await stub.connect()
  const second = await stub.connect({ key: first.key, salt: first.salt })
  const stranger = await stub.connect()
  for (const client of [first, second, stranger]) await client.request(echo(1))
  const destroy = (sessionId: bigint): Buffer =>
    write(
      (w) => w.int(ID.destroySession),
      (w) => w.long(sessionId),
    )
  for (const [sessionId, answer] of [
    [first.sessionId, ID.destroySessionOk],
    [first.sessionId, ID.destroySessionNone],
    [stranger.sessionId, ID.destroySessionNone],
    [second.sessionId, ID.destroySessionNone],
  ] as const) {
    second.messages.length = 0
    second.send([{ body: destroy(sessionId) }])
    expect((await second.waitForId(answer)).body.readBigInt64LE(4)).toBe(sessionId)
  }
  expect(stub.closedSessions.map(({ id }) => id)).toEqual([first.sessionId])
  for (const client of [first, second, stranger]) client.close()
})

test('destroy_auth_key forgets the key and ends what uses it', async () => {
  await using stub = await startStub()
  const first = await stub.connect()
  const second = await stub.connect({ key: first.key, salt: first.salt })
  for (const client of [first, second]) await client.request(echo(1))
  second.send([{ body: write((w) => w.int(ID.destroyAuthKey)), isContent: true }])
  await second.waitForId(ID.destroyAuthKeyOk)
  await Promise.all([first.closed, second.closed])
  expect(stub.server.stats.sessions).toBe(0)
  const after = await stub.connect({ key: first.key, salt: first.salt })
  after.send([{ body: ping(1n) }])
  expect((await after.closed).code).toBe(-404)
})

test.for([
  ['msgs_ack', ID.msgsAck],
  ['ping', ID.ping],
  ['msgs_state_req', ID.msgsStateReq],
  ['msgs_all_info', ID.msgsAllInfo],
  ['http_wait', ID.httpWait],
  ['rpc_drop_answer', ID.rpcDropAnswer],
] as const)('a %s that is cut short harms nobody', async ([, id]) => {
  await using stub = await startStub()
  const client = await stub.connect()
  client.send([
    { body: write((w) => w.int(id)) },
    {
      body: idsMessage(
        id,
        Array.from({ length: 9000 }, () => 1n),
      ).subarray(0, 5000),
    },
  ])
  expect((await client.request(echo(1))).equals(echo(1))).toBe(true)
  client.close()
})

test('drain waits for what runs, also when its session has been destroyed', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await using stub = await startStub({
    onRequest: async ({ body }) => (stub.calls.length > 1 && (await promise), body),
  })
  const first = await stub.connect()
  const second = await stub.connect({ key: first.key, salt: first.salt })
  await second.request(echo(1))
  const unanswered = expect(first.request(echo(2))).rejects.toThrow()
  await expect.poll(() => stub.calls).toHaveLength(2)
  const destroy = write(
    (w) => w.int(ID.destroySession),
    (w) => w.long(first.sessionId),
  )
  second.send([{ body: destroy }])
  await second.waitForId(ID.destroySessionOk)
  let isDrained = false
  const draining = stub.server.drain().then(() => (isDrained = true))
  await new Promise((done) => setTimeout(done, 100))
  expect(isDrained).toBe(false)
  resolve()
  await draining
  for (const client of [first, second]) client.close()
  await unanswered
})
