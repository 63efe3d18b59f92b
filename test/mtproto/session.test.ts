import { describe, expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import type { RpcCall } from '../../src/mtproto/session.ts'
import { idsMessage, msgsAck, type Client, type ServerMessage } from './client/client.ts'
import { echo, gzipped, ping, readIds, readResult, settle, write } from './messages.ts'
import { startStub, TestClock } from './stub.ts'

const isResultOf =
  (msgId: bigint) =>
  (message: ServerMessage): boolean =>
    message.body.readInt32LE(0) === ID.rpcResult && readResult(message.body).reqMsgId === msgId

const countOf = (client: Client, id: number): number =>
  client.messages.filter(({ body }) => body.readInt32LE(0) === id).length

/** Requests that are answered when the test says so. */
function gate(): {
  onRequest: (call: RpcCall) => Promise<Uint8Array>
  open: (number: number, answer?: Uint8Array) => void
} {
  const doors = new Map<number, PromiseWithResolvers<Uint8Array | undefined>>()
  const door = (number: number): PromiseWithResolvers<Uint8Array | undefined> => {
    let found = doors.get(number)
    if (!found) doors.set(number, (found = Promise.withResolvers()))
    return found
  }
  return {
    onRequest: async ({ body }) => (await door(Buffer.from(body).readUInt32LE(4)).promise) ?? body,
    open: (number, answer) => door(number).resolve(answer),
  }
}

test('the first message of a session is answered with new_session_created', async () => {
  await using stub = await startStub()
  const client = await stub.connect()
  const [first] = client.send([{ body: echo(1), isContent: true }, { body: ping(1n) }])
  const created = await client.waitForId(ID.newSessionCreated)
  expect(created.body.readBigInt64LE(4)).toBe(first!.msgId)
  expect(created.body.readBigInt64LE(20)).toBe(client.salt)
  expect(created.seqNo & 1).toBe(1)
  await client.request(echo(2))
  expect(countOf(client, ID.newSessionCreated)).toBe(1)
  client.close()
})

test('a message older than the first one is announced too', async () => {
  await using stub = await startStub()
  const client = await stub.connect()
  const older = { msgId: client.nextMsgId(), seqNo: client.nextSeqNo(true), body: echo(1) }
  await client.request(echo(2))
  client.sendContainer([older])
  await client.waitFor(isResultOf(older.msgId))
  const created = client.messages.filter(({ body }) => body.readInt32LE(0) === ID.newSessionCreated)
  expect(created.map(({ body }) => body.readBigInt64LE(4))).toContain(older.msgId)
  client.close()
})

test('ids of answers are 1, of updates 3 modulo 4, and rise; seq_no counts what is content-related', async () => {
  await using stub = await startStub()
  const client = await stub.connect()
  for (let i = 0; i < 5; i++) {
    await client.request(echo(i))
    stub.sessions[0]!.push(echo(100 + i))
    await client.nextPush()
  }
  const ids = client.messages.map(({ msgId }) => msgId)
  expect(ids).toEqual([...ids].sort((a, b) => (a < b ? -1 : 1)))
  for (const { msgId, seqNo, body } of client.messages) {
    const isResult = body.readInt32LE(0) === ID.rpcResult
    expect(msgId & 3n).toBe(isResult ? 1n : 3n)
    expect(seqNo & 1).toBe(1)
  }
  const seqNos = client.messages.map(({ seqNo }) => seqNo)
  expect(seqNos).toEqual(seqNos.map((_, i) => i * 2 + 1))
  client.close()
})

test('what is queued at one time leaves in one packet', async () => {
  const { onRequest, open } = gate()
  await using stub = await startStub({ onRequest })
  const client = await stub.connect()
  const messages = [1, 2, 3].map((i) => client.number({ body: echo(i), isContent: true }))
  client.sendContainer(messages)
  await client.waitForId(ID.newSessionCreated)
  for (const i of [1, 2, 3]) open(i)
  stub.sessions[0]!.push(echo(9))
  const results = await Promise.all(messages.map(({ msgId }) => client.waitFor(isResultOf(msgId))))
  const packets = new Set([...results, client.messages.at(-1)!].map(({ packetId }) => packetId))
  expect(packets.size).toBe(1)
  client.close()
})

describe('acknowledgements', () => {
  test('come with the answer when it is quick', async () => {
    const clock = new TestClock()
    await using stub = await startStub({ clock })
    const client = await stub.connect()
    await client.request(echo(1))
    clock.advance(1000)
    await client.request(echo(2))
    expect(countOf(client, ID.msgsAck)).toBe(0)
    client.close()
  })

  test('come by themselves when the answer takes longer', async () => {
    const clock = new TestClock()
    const { onRequest, open } = gate()
    await using stub = await startStub({ clock, onRequest })
    const client = await stub.connect()
    const sent = client.send([1, 2].map((i) => ({ body: echo(i), isContent: true })))
    await client.waitForId(ID.newSessionCreated)
    clock.advance(1000)
    const acks = await client.waitForId(ID.msgsAck)
    expect(readIds(acks.body)).toEqual(sent.map(({ msgId }) => msgId))
    expect(acks.seqNo & 1).toBe(0)
    open(1)
    open(2)
    await client.waitFor(isResultOf(sent[1]!.msgId))
    clock.advance(1000)
    expect(countOf(client, ID.msgsAck)).toBe(1)
    client.close()
  })
})

test('an acknowledgement that is due when the answer comes is not sent, nor is anything else', async () => {
  const clock = new TestClock()
  const { onRequest, open } = gate()
  await using stub = await startStub({ clock, onRequest })
  const client = await stub.connect()
  const answer = client.request(echo(1))
  await client.waitForId(ID.newSessionCreated)
  clock.advance(1000)
  open(1)
  await answer
  await settle()
  expect(client.packetCount).toBeLessThan(5)
  client.close()
})

describe('what was not acknowledged', () => {
  test('is sent again on the next connection, with its old numbers, in a container', async () => {
    await using stub = await startStub()
    const client = await stub.connect({ acknowledges: false })
    await client.request(echo(1))
    stub.sessions[0]!.push(echo(2))
    await client.nextPush()
    client.close()
    const next = await stub.connect({ key: client.key, after: client })
    next.send([{ body: ping(1n) }])
    const again = await next.waitFor(({ body }) => body.readInt32LE(0) === ID.rpcResult)
    expect((await next.nextPush()).equals(echo(2))).toBe(true)
    const old = client.messages.filter(({ seqNo }) => seqNo & 1).map(({ msgId, seqNo }) => ({ msgId, seqNo }))
    const repeated = next.messages
      .filter(({ seqNo }) => seqNo & 1)
      .map(({ msgId, seqNo }) => ({ msgId, seqNo }))
    expect(repeated).toEqual(old)
    expect(again.packetId).not.toBe(again.msgId)
    expect(countOf(next, ID.newSessionCreated)).toBe(1)
    expect(stub.sessions).toHaveLength(1)
    next.close()
  })

  test('is not sent again once it is acknowledged', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    await client.request(echo(1))
    stub.sessions[0]!.push(echo(2))
    await client.nextPush()
    client.acknowledge()
    client.send([{ body: ping(1n) }])
    await client.waitForId(ID.pong)
    client.close()
    const next = await stub.connect({ after: client })
    next.send([{ body: ping(2n) }])
    await next.waitForId(ID.pong)
    await settle()
    expect(next.messages).toHaveLength(1)
    next.close()
  })

  test('is dropped when the acknowledgement comes with the first packet of the connection', async () => {
    await using stub = await startStub()
    const client = await stub.connect({ acknowledges: false })
    await client.request(echo(1))
    client.close()
    const next = await stub.connect({ after: client })
    next.send([{ body: msgsAck(client.messages.map(({ msgId }) => msgId)) }, { body: ping(2n) }])
    await next.waitForId(ID.pong)
    await settle()
    expect(countOf(next, ID.rpcResult)).toBe(0)
    next.close()
  })

  test('is announced when it is large, and sent when asked for', async () => {
    await using stub = await startStub({ limits: { resendBytes: 1000 } })
    const client = await stub.connect({ acknowledges: false })
    const msgId = client.nextMsgId()
    const answer = client.answerTo({ msgId, body: echo(1) })
    client.sendPacket(msgId, client.nextSeqNo(true), echo(1, 5000))
    await answer
    stub.sessions[0]!.push(echo(2, 5000))
    await client.nextPush()
    client.close()

    const next = await stub.connect({ after: client })
    next.send([{ body: ping(1n) }])
    const info = (await next.waitForId(ID.msgDetailedInfo)).body
    expect(info.readBigInt64LE(4)).toBe(msgId)
    const answerMsgId = info.readBigInt64LE(12)
    const push = (await next.waitForId(ID.msgNewDetailedInfo)).body
    const pushMsgId = push.readBigInt64LE(4)
    expect(push.readInt32LE(12)).toBe(5000)
    expect(countOf(next, ID.rpcResult)).toBe(0)
    next.send([{ body: idsMessage(ID.msgResendReq, [answerMsgId, pushMsgId]) }])
    const result = await next.waitFor(isResultOf(msgId))
    expect(result.msgId).toBe(answerMsgId)
    expect(readResult(result.body).result.equals(echo(1, 5000))).toBe(true)
    expect((await next.nextPush()).length).toBe(5000)
    next.close()
  })

  test('is sent again on the same connection after a while', async () => {
    const clock = new TestClock()
    await using stub = await startStub({ clock })
    const client = await stub.connect({ acknowledges: false })
    await client.request(echo(1))
    client.send([{ body: msgsAck(client.messages.map(({ msgId }) => msgId)) }])
    stub.sessions[0]!.push(echo(2))
    await client.nextPush()
    await settle()
    clock.advance(200_000)
    expect((await client.nextPush()).equals(echo(2))).toBe(true)
    expect(countOf(client, ID.rpcResult)).toBe(1)
    client.close()
  })

  test('is bounded: who never acknowledges gets a new session instead of all', async () => {
    await using stub = await startStub({ limits: { unackedMessages: 10 } })
    const client = await stub.connect({ acknowledges: false })
    await client.request(echo(0))
    for (let i = 1; i <= 30; i++) {
      stub.sessions[0]!.push(echo(i))
      await client.nextPush()
    }
    client.close()
    const next = await stub.connect({ after: client })
    next.send([{ body: ping(1n) }])
    await next.waitForId(ID.newSessionCreated)
    for (let i = 21; i <= 30; i++) expect((await next.nextPush()).equals(echo(i))).toBe(true)
    next.close()
  })
})

test('an answer whose connection died is found on the next one', async () => {
  const { onRequest, open } = gate()
  await using stub = await startStub({ onRequest })
  const client = await stub.connect()
  const [sent] = client.send([{ body: echo(5), isContent: true }])
  await client.waitForId(ID.newSessionCreated)
  client.close()
  await settle()
  expect(stub.sessions[0]!.isConnected).toBe(false)
  open(5)
  await settle()
  const next = await stub.connect({ after: client })
  next.send([{ body: ping(1n) }])
  await next.waitFor(isResultOf(sent!.msgId))
  expect(stub.calls).toHaveLength(1)
  next.close()
})

test('a request that comes twice while it runs is run once', async () => {
  const { onRequest, open } = gate()
  await using stub = await startStub({ onRequest })
  const client = await stub.connect()
  const message = client.number({ body: echo(5), isContent: true })
  client.sendPacket(message.msgId, message.seqNo, message.body)
  client.sendContainer([message])
  client.sendContainer([message])
  await client.waitForId(ID.msgsAck)
  open(5)
  await client.waitFor(isResultOf(message.msgId))
  await settle()
  expect(stub.calls).toHaveLength(1)
  expect(countOf(client, ID.rpcResult)).toBe(1)
  client.close()
})

describe('updates that wait', () => {
  test('for a connection are sent when it comes', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    await client.request(echo(1))
    client.acknowledge()
    client.close()
    await settle()
    for (let i = 0; i < 5; i++) expect(stub.sessions[0]!.push(echo(i))).toBe(true)
    const next = await stub.connect({ after: client })
    next.send([{ body: ping(1n) }])
    for (let i = 0; i < 5; i++) expect((await next.nextPush()).equals(echo(i))).toBe(true)
    expect(countOf(next, ID.newSessionCreated)).toBe(0)
    next.close()
  })

  test('are dropped when there are too many, and the client hears of a new session', async () => {
    await using stub = await startStub({ limits: { queuedPushes: 5 } })
    const client = await stub.connect()
    await client.request(echo(1))
    client.close()
    await settle()
    const [session] = stub.sessions
    for (let i = 0; i < 5; i++) expect(session!.push(echo(i))).toBe(true)
    expect(session!.push(echo(6))).toBe(false)
    expect(session!.push(echo(7))).toBe(true)
    const next = await stub.connect({ after: client })
    next.send([{ body: ping(1n) }])
    await next.waitForId(ID.newSessionCreated)
    expect((await next.nextPush()).equals(echo(7))).toBe(true)
    expect(next.pushes).toHaveLength(0)
    next.close()
  })

  test('for a slow client stay within bounds', async () => {
    await using stub = await startStub({
      limits: { queuedPushBytes: 300_000, writeHighBytes: 100_000, unackedBytes: 500_000 },
    })
    const client = await stub.connect()
    await client.request(echo(1))
    client.pause()
    let refused = 0
    for (let i = 0; i < 400; i++) {
      if (!stub.sessions[0]!.push(echo(i, 50_000))) refused++
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(refused).toBeGreaterThan(10)
    client.resume()
    await client.request(echo(2))
    client.close()
  })
})

describe('gzip', () => {
  test('is taken from clients', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    const body = Buffer.alloc(5000, 1)
    const msgId = client.nextMsgId()
    const answer = client.answerTo({ msgId, body })
    client.sendPacket(msgId, client.nextSeqNo(true), gzipped(body))
    expect((await answer).equals(body)).toBe(true)
    client.close()
  })

  test('is given where it helps', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    for (const [body, isPacked] of [
      [Buffer.alloc(5000, 1), true],
      [echo(1, 50_000), false],
      [Buffer.alloc(500, 1), false],
    ] as const) {
      expect((await client.request(body)).equals(body)).toBe(true)
      const last = client.messages.findLast(({ body }) => body.readInt32LE(0) === ID.rpcResult)!
      expect(readResult(last.body).result.readInt32LE(0) === ID.gzipPacked).toBe(isPacked)
    }
    client.close()
  })
})

test('msg_copy counts as the message in it', async () => {
  await using stub = await startStub()
  const client = await stub.connect()
  const original = client.number({ body: echo(3), isContent: true })
  const copy = write(
    (w) => w.int(ID.msgCopy),
    (w) => w.long(original.msgId),
    (w) => w.int(original.seqNo),
    (w) => w.int(original.body.length),
    (w) => w.raw(original.body),
  )
  client.send([{ body: copy }])
  await client.waitFor(isResultOf(original.msgId))
  client.send([{ body: copy }])
  client.sendContainer([original])
  await settle()
  expect(stub.calls).toHaveLength(1)
  client.close()
})

describe('waitFor', () => {
  test('holds a request back until earlier ones have been answered', async () => {
    const found: string[] = []
    const { onRequest, open } = gate()
    await using stub = await startStub({
      async onRequest(call) {
        if (call.body[4] === 1) return await onRequest(call)
        await call.session.waitFor([stub.calls[0]!.msgId])
        found.push('ran 2')
        return call.body
      },
    })
    const client = await stub.connect()
    const second = client.send([1, 2].map((i) => ({ body: echo(i), isContent: true })))[1]!
    await client.waitForId(ID.newSessionCreated)
    await settle()
    expect(found).toEqual([])
    open(1)
    await client.waitFor(isResultOf(second.msgId))
    await client.request(echo(3))
    expect(found).toEqual(['ran 2', 'ran 2'])
    client.close()
  })

  test('rejects when an earlier request failed', async () => {
    const found: string[] = []
    await using stub = await startStub({
      async onRequest(call) {
        if (call.body[4] === 5) return rpcError()
        await call.session.waitFor([stub.calls[0]!.msgId]).catch((error: Error) => found.push(error.message))
        return call.body
      },
    })
    const client = await stub.connect({ acknowledges: false })
    await Promise.all([client.request(echo(5)), client.request(echo(10))])
    expect(found).toEqual(['MSG_WAIT_FAILED'])
    client.close()
  })

  test('rejects when an earlier request never comes', async () => {
    const clock = new TestClock()
    const found: string[] = []
    await using stub = await startStub({
      clock,
      async onRequest(call) {
        await call.session.waitFor([call.msgId - 400n]).catch((error: Error) => found.push(error.message))
        return call.body
      },
    })
    const client = await stub.connect()
    const answer = client.request(echo(1))
    await client.waitForId(ID.newSessionCreated)
    clock.advance(6000)
    await answer
    expect(found).toEqual(['MSG_WAIT_TIMEOUT'])
    client.close()
  })
})

function rpcError(): Buffer {
  return write(
    (w) => w.int(ID.rpcError),
    (w) => w.int(400),
    (w) => w.string('FAILED'),
  )
}

test('too many requests at once are read later, and none is lost', async () => {
  const { onRequest, open } = gate()
  await using stub = await startStub({ onRequest, limits: { runningRequests: 10 } })
  const client = await stub.connect()
  const answers = Array.from({ length: 60 }, (_, i) => client.request(echo(i)))
  await settle()
  expect(stub.calls.length).toBeLessThan(15)
  for (let i = 0; i < 60; i++) open(i)
  await Promise.all(answers)
  expect(stub.calls).toHaveLength(60)
  client.close()
})

test('sessions end when they have been without a connection for long', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock })
  const client = await stub.connect()
  await client.request(echo(1))
  client.close()
  await settle()
  clock.advance(800_000)
  expect(stub.closedSessions).toHaveLength(0)
  clock.advance(200_000)
  expect(stub.closedSessions).toHaveLength(1)
  expect(stub.server.stats).toMatchObject({ sessions: 0, connections: 0 })
  const next = await stub.connect({ after: client })
  await next.request(echo(2))
  expect(countOf(next, ID.newSessionCreated)).toBe(1)
  next.close()
})

test('a key has at most so many sessions; the one heard of longest ago goes', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock, limits: { sessionsPerKey: 3 } })
  const first = await stub.connect()
  await first.request(echo(1))
  const others: Client[] = []
  for (let i = 0; i < 3; i++) {
    clock.advance(1000)
    const client = await stub.connect({ key: first.key, salt: first.salt })
    await client.request(echo(2))
    others.push(client)
  }
  expect(stub.closedSessions.map(({ id }) => id)).toEqual([first.sessionId])
  expect(stub.server.stats.sessions).toBe(3)
  for (const client of [first, ...others]) client.close()
})

test('a handler that breaks its promise is answered with INTERNAL', async () => {
  await using stub = await startStub({ onRequest: () => Promise.reject(new Error('broken')) })
  const client = await stub.connect()
  const answer = await client.request(echo(1))
  expect(answer.readInt32LE(0)).toBe(ID.rpcError)
  expect(answer.readInt32LE(4)).toBe(500)
  client.close()
})
