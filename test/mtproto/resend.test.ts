import { describe, expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import { idsMessage, msgsAck } from './client/client.ts'
import { caughtUp, countOf, echo, gate, isResultOf, ping, readResult, settle } from './messages.ts'
import { disconnected, startStub, TestClock } from './stub.ts'

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
    await caughtUp(client)
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

test('sessions that never acknowledge share one bound', async () => {
  await using stub = await startStub({ limits: { allUnackedBytes: 100_000, unackedShareBytes: 10_000 } })
  const first = await stub.connect({ acknowledges: false })
  for (let i = 0; i < 5; i++) await first.request(echo(i, 20_000))
  const second = await stub.connect({ acknowledges: false })
  for (let i = 0; i < 5; i++) await second.request(echo(i, 20_000))
  second.close()
  const next = await stub.connect({ after: second })
  next.send([{ body: ping(1n) }])
  await next.waitForId(ID.pong)
  await settle()
  expect(countOf(next, ID.msgDetailedInfo)).toBe(1)
  for (const client of [first, next]) client.close()
})

test('an answer whose connection died is found on the next one', async () => {
  const { onRequest, open } = gate()
  await using stub = await startStub({ onRequest })
  const client = await stub.connect()
  const [sent] = client.send([{ body: echo(5), isContent: true }])
  await client.waitForId(ID.newSessionCreated)
  client.close()
  await disconnected(stub)
  open(5)
  await settle()
  const next = await stub.connect({ after: client })
  next.send([{ body: ping(1n) }])
  await next.waitFor(isResultOf(sent!.msgId))
  expect(stub.calls).toHaveLength(1)
  next.close()
})

describe('updates that wait', () => {
  test('for a connection are sent when it comes', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    await client.request(echo(1))
    client.acknowledge()
    await caughtUp(client)
    client.close()
    await disconnected(stub)
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
    await disconnected(stub)
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
    // How much the machine itself keeps on the way, it alone knows.
    for (let i = 0; refused <= 10; i++) {
      if (!stub.sessions[0]!.push(echo(i, 50_000))) refused++
      await new Promise((resolve) => setImmediate(resolve))
    }
    client.resume()
    await client.request(echo(2))
    client.close()
  })
})

describe('an answer that is gone', () => {
  test('with its session is to be asked for anew', async () => {
    const { onRequest, open } = gate()
    await using stub = await startStub({ onRequest, limits: { sessionsPerKey: 1 } })
    const client = await stub.connect({ holdsRequests: true })
    const answer = client.request(echo(1))
    await client.waitForId(ID.newSessionCreated)
    client.close()
    // Another session takes its place before the request has run.
    const other = await stub.connect({ key: client.key, salt: client.salt })
    other.send([{ body: ping(1n) }])
    await other.waitForId(ID.pong)
    expect(stub.closedSessions).toHaveLength(1)
    open(1)
    const next = await stub.connect({ after: client, holdsRequests: true })
    next.takeOver(client)
    expect((await answer).equals(echo(1))).toBe(true)
    expect(countOf(next, ID.badMsgNotification)).toBe(1)
    expect(stub.calls).toHaveLength(2)
    for (const each of [other, next]) each.close()
  })

  test('because too many others waited is to be asked for anew', async () => {
    await using stub = await startStub({ limits: { unackedMessages: 2 } })
    const client = await stub.connect({ acknowledges: false })
    const [first] = client.send([{ body: echo(1), isContent: true }])
    for (let i = 2; i < 6; i++) await client.request(echo(i))
    client.send([first!])
    const refusal = await client.waitForId(ID.badMsgNotification)
    expect(refusal.body.readBigInt64LE(4)).toBe(first!.msgId)
    expect(refusal.body.readInt32LE(16)).toBe(20)
    client.close()
  })
})
