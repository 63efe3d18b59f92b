import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemRandom } from '../../src/lib/random.ts'
import { readContainer } from '../../src/mtproto/container.ts'
import { sha1 } from '../../src/mtproto/crypto/hash.ts'
import { TransportError } from '../../src/mtproto/errors.ts'
import { ID } from '../../src/mtproto/ids.ts'
import { messageIdAt } from '../../src/mtproto/message-ids.ts'
import { openPacket } from '../../src/mtproto/packet.ts'
import { MtprotoServer } from '../../src/mtproto/server.ts'
import { exchangeKeys } from '../mtproto/client/exchange-keys.ts'
import { openServerPacket, sealClientPacket, type ClientKey } from '../mtproto/client/packet.ts'
import { ping, write } from '../mtproto/messages.ts'
import { MemoryKeys, TestClock, testKey } from '../mtproto/stub.ts'

const clock = new TestClock()
const keys = new MemoryKeys()
let key: ClientKey
const problems: unknown[] = []
let server: MtprotoServer

beforeAll(async () => {
  await makeKey()
  server = new MtprotoServer({
    log: pino({ level: 'error' }, { write: (line: string) => void problems.push(line) }),
    clock,
    random: systemRandom,
    rsa: testKey,
    keys,
    saltSecret: Buffer.alloc(32, 7),
    // Responses are due at once, so that an exchange is over when its packet has been dealt with.
    limits: { httpWaitMs: 0 },
    onRequest: ({ body }) => Promise.resolve(Buffer.from(body)),
  })
})

async function makeKey(): Promise<void> {
  const secret = randomBytes(256)
  key = { id: sha1(secret).readBigInt64LE(12), secret }
  await keys.create({ keyId: key.id, secret, dc: 2 })
}

afterAll(async () => {
  await server.close()
  expect(problems).toEqual([])
})

let lastMsgId = 0n
function nextMsgId(): bigint {
  const now = messageIdAt(clock.nowMs())
  lastMsgId = now > lastMsgId ? now : lastMsgId + 4n
  return lastMsgId
}

/** The server's salt, as it says itself. */
async function currentSalt(): Promise<bigint> {
  const packet = { salt: 0n, sessionId: 1n, msgId: nextMsgId(), seqNo: 0, body: ping(1n) }
  const answer = openServerPacket(key, await server.handleHttp(sealClientPacket(key, packet), 'fuzz'))
  return answer.body.readBigInt64LE(20)
}

/** Bodies: known constructors with anything behind them, packed and nested in every way. */
const body: fc.Arbitrary<Buffer> = fc.letrec<{ body: Buffer; leaf: Buffer }>((tie) => ({
  leaf: fc.oneof(
    fc.tuple(fc.constantFrom(...Object.values(ID)), fc.uint8Array({ maxLength: 80 })).map(([id, rest]) =>
      padded(
        write((w) => w.int(id)),
        rest,
      ),
    ),
    fc
      .tuple(
        fc.constantFrom<number>(ID.msgsAck, ID.msgsStateReq, ID.msgResendReq),
        fc.array(fc.bigInt({ min: 0n, max: 1n << 62n }), { maxLength: 20 }),
      )
      .map(([id, ids]) =>
        write(
          (w) => w.int(id),
          (w) => w.vector(ids.length),
          ...ids.map((each) => (w: { long(value: bigint): void }) => w.long(each)),
        ),
      ),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => padded(Buffer.alloc(0), bytes)),
  ),
  body: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('body').map((inner) =>
      write(
        (w) => w.int(ID.gzipPacked),
        (w) => w.bytes(gzipSync(inner)),
      ),
    ),
    fc
      .tuple(
        fc.array(fc.tuple(tie('body'), fc.integer({ min: -3, max: 40 }), fc.integer({ min: -1, max: 7 })), {
          maxLength: 4,
        }),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([parts, lie]) => container(parts, lie)),
  ),
})).body

function padded(head: Buffer, rest: Uint8Array): Buffer {
  const bytes = Buffer.concat([head, rest])
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}

function container(parts: readonly [Buffer, number, number][], lie: number): Buffer {
  const chunks: Buffer[] = [Buffer.alloc(8)]
  chunks[0]!.writeInt32LE(ID.msgContainer, 0)
  chunks[0]!.writeInt32LE(parts.length + lie, 4)
  for (const [inner, age, seqNo] of parts) {
    const head = Buffer.alloc(16)
    head.writeBigInt64LE(messageIdAt(clock.nowMs() - age * 1000), 0)
    head.writeInt32LE(seqNo, 8)
    head.writeInt32LE(inner.length, 12)
    chunks.push(head, inner)
  }
  return Buffer.concat(chunks)
}

test('any message of who holds a key leaves the server standing', async () => {
  let salt = await currentSalt()
  await fc.assert(
    fc.asyncProperty(
      body,
      fc.integer({ min: -1, max: 5 }),
      fc.constantFrom(1n, 2n, 3n),
      async (bytes, seqNo, sessionId) => {
        const packet = { salt, sessionId, msgId: nextMsgId(), seqNo, body: bytes }
        const answer = await server
          .handleHttp(sealClientPacket(key, packet), 'fuzz')
          .catch((error: unknown) => error)
        // destroy_auth_key does what it says.
        if (!(answer instanceof Buffer)) {
          expect(answer).toBeInstanceOf(TransportError)
          if (keys.keys.has(key.id)) return
          await makeKey()
          salt = await currentSalt()
          return
        }
        if (answer.length > 0) openServerPacket(key, answer)
        clock.advance(50)
      },
    ),
    { numRuns: 1500 },
  )
  if (!keys.keys.has(key.id)) await makeKey()
  salt = await currentSalt()
  const packet = { salt, sessionId: 9n, msgId: nextMsgId(), seqNo: 0, body: ping(77n) }
  const last = openServerPacket(key, await server.handleHttp(sealClientPacket(key, packet), 'fuzz'))
  expect(last.body.includes(write((w) => w.int(ID.pong)))).toBe(true)
})

test('any bytes for a known key, another, or none end in a TransportError', async () => {
  const idBytes = Buffer.alloc(8)
  idBytes.writeBigInt64LE(key.id)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(idBytes, Buffer.alloc(8), Buffer.alloc(8, 9)),
      fc.uint8Array({ maxLength: 400 }),
      async (head, rest) => {
        const answer = server.handleHttp(Buffer.concat([head, rest]), 'fuzz')
        await expect(answer).rejects.toBeInstanceOf(TransportError)
      },
    ),
    { numRuns: 500 },
  )
})

test('a packet with any one bit changed is refused', () => {
  const packet = sealClientPacket(key, { salt: 1n, sessionId: 2n, msgId: 400n, seqNo: 1, body: ping(1n) })
  fc.assert(
    fc.property(fc.integer({ min: 64, max: packet.length * 8 - 1 }), (bit) => {
      const changed = Buffer.from(packet)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => openPacket(key.secret, changed)).toThrow(TransportError)
    }),
    { numRuns: 300 },
  )
})

test('any bytes are a container or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt({ min: 0n, max: 1n << 62n }), (bytes, id) => {
      const messages = readContainer(
        id,
        padded(
          write((w) => w.int(ID.msgContainer)),
          bytes,
        ),
        1024,
      )
      for (const message of messages ?? []) expect(message.msgId).toBeLessThan(id)
    }),
    { numRuns: 1000 },
  )
})

test('any change of any step of a key exchange is refused, and the next exchange works', async () => {
  const ask = async (request: Buffer): Promise<Buffer> => {
    const payload = Buffer.alloc(20 + request.length)
    payload.writeInt32LE(request.length, 16)
    payload.set(request, 20)
    const answer = await server.handleHttp(payload, 'fuzz')
    return answer.subarray(20, 20 + answer.readInt32LE(16))
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('pq', 'inner', 'dh', 'client', 'set'),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (step, at, mask) => {
        const outcome = await exchangeKeys(ask, {
          publicKey: testKey.publicPem,
          dc: 2,
          tamper: (now, bytes) => {
            if (now === step) bytes[at % bytes.length]! ^= mask
            return bytes
          },
        }).catch((error: unknown) => error)
        if (outcome instanceof TransportError) expect(outcome.code).toBe(404)
      },
    ),
    { numRuns: 40 },
  )
  await exchangeKeys(ask, { publicKey: testKey.publicPem })
})
