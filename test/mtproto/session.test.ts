import { describe, expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import type { Client } from './client/client.ts'
import {
  caughtUp,
  countOf,
  echo,
  gate,
  gzipped,
  isResultOf,
  ping,
  readIds,
  readResult,
  settle,
  write,
} from './messages.ts'
import { disconnected, startStub, TestClock } from './stub.ts'

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

test('nothing follows an error in its packet', async () => {
  const { onRequest, open } = gate()
  await using stub = await startStub({ onRequest })
  const client = await stub.connect()
  const messages = [1, 2, 3].map((i) => client.number({ body: echo(i), isContent: true }))
  client.sendContainer(messages)
  await client.waitForId(ID.newSessionCreated)
  const error = write(
    (w) => w.int(ID.rpcError),
    (w) => w.int(400),
    (w) => w.string('NO'),
  )
  open(1)
  open(2, error)
  open(3, error)
  const results = await Promise.all(messages.map(({ msgId }) => client.waitFor(isResultOf(msgId))))
  const [answer, first, second] = results.map(({ packetId }) => packetId)
  expect(first).toBe(answer)
  expect(second).not.toBe(first)
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

test('a request that comes again when its answer has been acknowledged is not run again', async () => {
  await using stub = await startStub()
  const client = await stub.connect()
  const message = client.number({ body: echo(5), isContent: true })
  client.sendPacket(message.msgId, message.seqNo, message.body)
  await client.waitFor(isResultOf(message.msgId))
  client.acknowledge()
  await caughtUp(client)
  const next = await stub.connect({ after: client })
  next.sendPacket(message.msgId, message.seqNo, message.body)
  await next.request(echo(6))
  expect(stub.calls).toHaveLength(2)
  expect(countOf(next, ID.rpcResult)).toBe(1)
  for (const each of [client, next]) each.close()
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
  await disconnected(stub)
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
