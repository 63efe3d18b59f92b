import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import { messageIdAt } from '../../src/mtproto/message-ids.ts'
import { msgsAck, type Client } from './client/client.ts'
import { sealClientPacket } from './client/packet.ts'
import { caughtUp, echo, gzipped, ping, readBad, write } from './messages.ts'
import { startStub, TestClock } from './stub.ts'

/** Sends one message with this id and number, and resolves with the complaint about it. */
async function complaint(
  client: Client,
  message: { msgId?: bigint; seqNo?: number; body?: Buffer },
): Promise<{ id: number; code: number; seqNo: number }> {
  const msgId = message.msgId ?? client.nextMsgId()
  const seqNo = message.seqNo ?? client.nextSeqNo(true)
  client.sendPacket(msgId, seqNo, message.body ?? echo(1))
  const { body } = await client.waitFor(
    ({ body }) =>
      [ID.badMsgNotification, ID.badServerSalt].includes(body.readInt32LE(0)) &&
      readBad(body).msgId === msgId,
  )
  return { id: body.readInt32LE(0), code: readBad(body).code, seqNo: readBad(body).seqNo }
}

describe('packets that no client makes end the connection with -404', () => {
  test.for<[string, (client: Client) => void]>([
    ['a changed msg_key', (client) => client.sendPayload(tampered(client, 10))],
    ['changed data', (client) => client.sendPayload(tampered(client, 60))],
    ['an unknown key', (client) => client.sendPayload(tampered(client, 1))],
    ['half a block', (client) => client.sendPayload(tampered(client, 60).subarray(0, -8))],
    ['less than a header', (client) => client.sendPayload(Buffer.alloc(20, 1))],
    [
      '8 bytes of padding',
      (client) => void client.sendPacket(client.nextMsgId(), 1, echo(1, 24), { padding: 8 }),
    ],
    [
      '1,040 bytes of padding',
      (client) => void client.sendPacket(client.nextMsgId(), 1, echo(1), { padding: 1040 }),
    ],
    [
      'a length beyond the packet',
      (client) => void client.sendPacket(client.nextMsgId(), 1, echo(1), { length: 60 }),
    ],
    ['a negative length', (client) => void client.sendPacket(client.nextMsgId(), 1, echo(1), { length: -4 })],
    [
      'a length that is no multiple of four',
      (client) => void client.sendPacket(client.nextMsgId(), 1, echo(1), { length: 14 }),
    ],
  ])('%s', async ([, send]) => {
    await using stub = await startStub()
    const client = await stub.connect()
    send(client)
    expect((await client.closed).code).toBe(-404)
    expect(stub.calls).toHaveLength(0)
  })

  test('12 and 1,024 bytes of padding are fine', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    for (const padding of [16, 1024]) {
      const msgId = client.nextMsgId()
      const answer = client.answerTo({ msgId, body: echo(1) })
      client.sendPacket(msgId, client.nextSeqNo(true), echo(1), { padding })
      await answer
    }
    const msgId = client.nextMsgId()
    const answer = client.answerTo({ msgId, body: echo(1, 20) })
    client.sendPacket(msgId, client.nextSeqNo(true), echo(1, 20), { padding: 12 })
    await answer
    client.close()
  })
})

function tampered(client: Client, at: number): Buffer {
  const head = { salt: client.salt, sessionId: client.sessionId, msgId: client.nextMsgId(), seqNo: 1 }
  const packet = sealClientPacket(client.key, { ...head, body: echo(1) })
  packet[at]! ^= 0x40
  return packet
}

describe('message ids', () => {
  test.for<[string, (nowMs: number) => bigint, number]>([
    ['not divisible by four', (nowMs) => messageIdAt(nowMs) + 1n, 18],
    ['of a server', (nowMs) => messageIdAt(nowMs) + 3n, 18],
    ['301 seconds old', (nowMs) => messageIdAt(nowMs - 301_000), 16],
    ['31 seconds ahead', (nowMs) => messageIdAt(nowMs + 31_000), 17],
    ['negative', () => -4n, 17],
    ['zero', () => 0n, 16],
  ])('%s', async ([, msgIdOf, code]) => {
    const clock = new TestClock()
    await using stub = await startStub({ clock })
    clock.advance(1000_000)
    const client = await stub.connect()
    expect(await complaint(client, { msgId: msgIdOf(clock.nowMs()), seqNo: 1 })).toMatchObject({
      code,
      seqNo: 1,
    })
    expect(stub.calls).toHaveLength(0)
    expect(stub.sessions).toHaveLength(0)
    client.close()
  })

  test('299 seconds old and 29 seconds ahead are fine', async () => {
    const clock = new TestClock()
    await using stub = await startStub({ clock })
    clock.advance(1000_000)
    const client = await stub.connect()
    for (const [i, ms] of [-299_000, 29_000].entries()) {
      const msgId = messageIdAt(clock.nowMs() + ms)
      const answer = client.answerTo({ msgId, body: echo(i) })
      client.sendPacket(msgId, i * 2 + 1, echo(i))
      await answer
    }
    client.close()
  })

  test('made before the server started', async () => {
    const clock = new TestClock()
    await using stub = await startStub({ clock })
    const client = await stub.connect()
    const old = await complaint(client, { msgId: messageIdAt(clock.nowMs() - 6000), seqNo: 1 })
    expect(old.code).toBe(16)
    client.close()
  })

  test('a repeated packet does nothing twice', async () => {
    await using stub = await startStub()
    const client = await stub.connect({ acknowledges: false })
    const msgId = client.nextMsgId()
    const answer = client.answerTo({ msgId, body: echo(7) })
    const packet = client.sendPacket(msgId, client.nextSeqNo(true), echo(7))
    await answer
    client.sendPayload(packet)
    const isAnswer = (at: number) => (): boolean =>
      client.messages.filter(({ body }) => body.readInt32LE(0) === ID.rpcResult).length === at
    await client.waitFor(isAnswer(2))
    expect(stub.calls).toHaveLength(1)
    client.close()
  })

  test('a packet played again in a destroyed session does nothing', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    const msgId = client.nextMsgId()
    const answer = client.answerTo({ msgId, body: echo(7) })
    const packet = client.sendPacket(msgId, client.nextSeqNo(true), echo(7))
    await answer
    const other = await stub.connect({ key: client.key, salt: client.salt })
    other.send([
      {
        body: write(
          (w) => w.int(ID.destroySession),
          (w) => w.long(client.sessionId),
        ),
      },
    ])
    await other.waitForId(ID.destroySessionOk)
    const thief = await stub.connect({ key: client.key, sessionId: client.sessionId, salt: client.salt })
    thief.sendPayload(packet)
    await thief.waitForId(ID.newSessionCreated)
    expect(stub.calls).toHaveLength(1)
    for (const each of [client, other, thief]) each.close()
  })

  test('a container played again is refused', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    const inner = [
      client.number({ body: echo(1), isContent: true }),
      client.number({ body: echo(2), isContent: true }),
    ]
    const containerId = client.sendContainer(inner)
    await client.waitForId(ID.rpcResult)
    const again = await complaint(client, {
      msgId: containerId,
      seqNo: 4,
      body: write(
        (w) => w.int(ID.msgContainer),
        (w) => w.int(0),
      ),
    })
    expect(again.code).toBe(19)
    expect(stub.calls).toHaveLength(2)
    client.close()
  })

  test('what is older than all that is remembered is refused', async () => {
    await using stub = await startStub({ limits: { receivedIds: 4 } })
    const client = await stub.connect()
    const first = client.nextMsgId()
    for (let i = 0; i < 12; i++) await client.request(echo(i))
    expect((await complaint(client, { msgId: first, seqNo: 1 })).code).toBe(20)
    client.close()
  })
})

describe('seq_no', () => {
  test('of a request is odd', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    expect((await complaint(client, { seqNo: 0 })).code).toBe(35)
    expect(stub.calls).toHaveLength(0)
    client.close()
  })

  test('of a container is even', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    const body = write(
      (w) => w.int(ID.msgContainer),
      (w) => w.int(0),
    )
    expect((await complaint(client, { body, seqNo: 1 })).code).toBe(34)
    client.close()
  })

  test('rises with the ids', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    const early = client.nextMsgId()
    await client.request(echo(1))
    client.nextSeqNo(true)
    await client.request(echo(2))
    const seqNoOfSecond = 5
    expect((await complaint(client, { seqNo: seqNoOfSecond })).code).toBe(32)
    expect((await complaint(client, { msgId: early, seqNo: seqNoOfSecond })).code).toBe(33)
    expect(stub.calls).toHaveLength(2)
    client.close()
  })

  test('of pings and acknowledgements may be either', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    await client.request(echo(1))
    client.send([
      { body: ping(5n) },
      { body: msgsAck([1n]) },
      { body: ping(6n), isContent: true },
      { body: msgsAck([5n]), isContent: true },
    ])
    await client.waitFor(({ body }) => body.readInt32LE(0) === ID.pong && body.readBigInt64LE(12) === 6n)
    expect(client.messages.some(({ body }) => body.readInt32LE(0) === ID.badMsgNotification)).toBe(false)
    client.close()
  })
})

describe('salts', () => {
  test('a wrong one is answered with the right one, and nothing is done', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    client.salt ^= 1n
    const msgId = client.nextMsgId()
    client.sendPacket(msgId, client.nextSeqNo(true), echo(1))
    const { body } = await client.waitForId(ID.badServerSalt)
    expect(readBad(body)).toEqual({ msgId, seqNo: 1, code: 48 })
    expect(stub.calls).toHaveLength(0)
    await client.request(echo(2))
    client.close()
  })

  test("those of the hours around are accepted, and the exchange's for an hour", async () => {
    const clock = new TestClock()
    await using stub = await startStub({ clock, limits: { idleSec: 100_000, detachedSec: 100_000 } })
    const client = await stub.connect({ acknowledges: false })
    const first = client.salt
    await client.request(echo(0))
    const present = client.salt
    expect(present).not.toBe(first)
    clock.advance(3_600_000)
    await caughtUp(client) // What was not acknowledged is sent again, with the salt of its time.
    await client.request(echo(1))
    expect(client.salt).toBe(present)
    client.salt = first
    await client.request(echo(2))
    expect(client.salt).not.toBe(first)
    clock.advance(3_600_000)
    await caughtUp(client) // What was not acknowledged is sent again, with the salt of its time.
    client.salt = present
    await client.request(echo(3))
    expect(client.salt).not.toBe(present)
    client.close()
  })
})

describe('containers', () => {
  const broken: readonly [string, (client: Client) => Buffer][] = [
    [
      'more messages than it has',
      () =>
        write(
          (w) => w.int(ID.msgContainer),
          (w) => w.int(2),
          (w) => w.long(4n),
          (w) => w.int(0),
          (w) => w.int(4),
          (w) => w.int(1),
        ),
    ],
    [
      'a message that is too long',
      () =>
        write(
          (w) => w.int(ID.msgContainer),
          (w) => w.int(1),
          (w) => w.long(4n),
          (w) => w.int(0),
          (w) => w.int(8),
          (w) => w.int(1),
        ),
    ],
    [
      'a message newer than itself',
      (client) =>
        write(
          (w) => w.int(ID.msgContainer),
          (w) => w.int(1),
          (w) => w.long(client.nextMsgId() + (1n << 34n)),
          (w) => w.int(0),
          (w) => w.int(4),
          (w) => w.int(1),
        ),
    ],
    [
      'too many messages',
      () =>
        write(
          (w) => w.int(ID.msgContainer),
          (w) => w.int(1025),
        ),
    ],
    [
      'a negative number of messages',
      () =>
        write(
          (w) => w.int(ID.msgContainer),
          (w) => w.int(-1),
        ),
    ],
    [
      'bytes behind its messages',
      () =>
        write(
          (w) => w.int(ID.msgContainer),
          (w) => w.int(0),
          (w) => w.int(0),
        ),
    ],
  ]
  test.for(broken)('with %s', async ([, bodyOf]) => {
    await using stub = await startStub()
    const client = await stub.connect()
    expect((await complaint(client, { body: bodyOf(client), seqNo: 0 })).code).toBe(64)
    expect(stub.sessions).toHaveLength(0)
    client.close()
  })

  test('in a container, and in gzip, are refused', async () => {
    await using stub = await startStub()
    const client = await stub.connect()
    const empty = write(
      (w) => w.int(ID.msgContainer),
      (w) => w.int(0),
    )
    const inner = client.number({ body: empty })
    const packed = client.number({ body: gzipped(empty) })
    client.sendContainer([inner, packed])
    for (const { msgId } of [inner, packed]) {
      const { body } = await client.waitFor(
        ({ body }) => body.readInt32LE(0) === ID.badMsgNotification && readBad(body).msgId === msgId,
      )
      expect(readBad(body).code).toBe(64)
    }
    client.close()
  })
})

describe('gzip', () => {
  test('that grows beyond the limit is refused, also in many pieces', async () => {
    await using stub = await startStub({ limits: { inflatedBytes: 100_000 } })
    const client = await stub.connect()
    expect((await complaint(client, { body: gzipped(Buffer.alloc(200_000)) })).code).toBe(64)
    const part = gzipped(echo(1, 40_000))
    const messages = [1, 2, 3].map(() => client.number({ body: part, isContent: true }))
    client.sendContainer(messages)
    const { body } = await client.waitFor(
      ({ body }) =>
        body.readInt32LE(0) === ID.badMsgNotification && readBad(body).msgId === messages[2]!.msgId,
    )
    expect(readBad(body).code).toBe(64)
    expect(stub.calls).toHaveLength(2)
    client.close()
  })

  test.for<[string, Buffer]>([
    [
      'damaged',
      write(
        (w) => w.int(ID.gzipPacked),
        (w) => w.bytes(randomBytes(50)),
      ),
    ],
    ['in gzip', gzipped(gzipped(echo(1)))],
    ['empty', write((w) => w.int(ID.gzipPacked))],
  ])('that is %s is refused', async ([, body]) => {
    await using stub = await startStub()
    const client = await stub.connect()
    expect((await complaint(client, { body })).code).toBe(64)
    client.close()
  })
})

test('a message of one session never shows up in another', async () => {
  await using stub = await startStub()
  const first = await stub.connect()
  const second = await stub.connect({ key: first.key, salt: first.salt })
  await Promise.all([first.request(echo(1)), second.request(echo(2))])
  expect(new Set(stub.sessions.map(({ id }) => id))).toEqual(new Set([first.sessionId, second.sessionId]))
  stub.sessions.find(({ id }) => id === second.sessionId)!.push(echo(3))
  await second.nextPush()
  expect(first.pushes).toHaveLength(0)
  first.close()
  second.close()
})
