import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { StoredKey } from '../../src/mtproto/keys.ts'
import { bindingMessage } from './client/binding.ts'
import { makeKey } from './client/client.ts'
import {
  exchangeKeys,
  type AskPlain,
  type ExchangedKey,
  type ExchangeOptions,
} from './client/exchange-keys.ts'
import type { Received } from './client/framing.ts'
import { ConnectionClosed } from './client/plain-client.ts'
import { connectWire } from './client/wire.ts'
import { echo, settle } from './messages.ts'
import { MemoryKeys, startStub, testKey, TestClock, type Stub } from './stub.ts'

const stored = (stub: Stub, keyId: bigint): StoredKey | undefined => (stub.keys as MemoryKeys).keys.get(keyId)

describe('a key is made', () => {
  test.for<[string, Partial<ExchangeOptions>, number]>([
    ['as newest clients do', { dc: 2 }, 2],
    ['without a datacenter', {}, 1],
    ['for a test server', { dc: 10_002 }, 2],
    ['for media', { dc: -2 }, 2],
    ['with the old request', { oldRequest: true }, 1],
    ['with the old padding', { oldPadding: true }, 1],
    ['with the old padding and a datacenter', { oldPadding: true, dc: 2 }, 2],
  ])('%s', async ([, exchange, dc]) => {
    await using stub = await startStub({ dcs: { ids: [1, 2], fallback: 1 } })
    const client = await stub.connect({ exchange })
    await client.request(echo(1))
    const isTest = exchange.dc === 10_002
    expect(stored(stub, client.key.id)).toMatchObject({
      dc: isTest ? 10_002 : dc,
      expiresAtSec: undefined,
    })
    expect(Buffer.from(stored(stub, client.key.id)!.secret).equals(client.key.secret)).toBe(true)
    expect(stub.sessions[0]).toMatchObject({ dc, isTest, keyId: client.key.id, permKeyId: client.key.id })
    client.close()
  })

  test.for([{ dc: 2 }, {}])('for a time, %o', async (exchange) => {
    const clock = new TestClock()
    await using stub = await startStub({ clock, limits: { idleSec: 10_000 } })
    const client = await stub.connect({ exchange: { ...exchange, expiresInSec: 3600 } })
    await client.request(echo(1))
    expect(stored(stub, client.key.id)!.expiresAtSec).toBe(clock.nowSec() + 3600)
    expect(stub.sessions[0]!.permKeyId).toBeUndefined()
    clock.advance(3601_000)
    client.sendPacket(client.nextMsgId(), client.nextSeqNo(true), echo(1))
    expect((await client.closed).code).toBe(-404)
  })

  test('and is durable before the client hears of it', async () => {
    const keys = new MemoryKeys()
    const { promise, resolve } = Promise.withResolvers<void>()
    const create = keys.create.bind(keys)
    keys.create = async (key) => {
      await promise
      return await create(key)
    }
    await using stub = await startStub({ keys })
    let isDone = false
    const connecting = stub.connect().finally(() => (isDone = true))
    await settle()
    await settle()
    expect(isDone).toBe(false)
    resolve()
    ;(await connecting).close()
  })

  test('again after a restart, with what is stored', async () => {
    const keys = new MemoryKeys()
    await using before = await startStub({ keys })
    const client = await before.connect()
    await client.request(echo(1))
    client.close()
    await using after = await startStub({ keys })
    const next = await after.connect({ key: client.key, salt: client.salt })
    await next.request(echo(2))
    expect(keys.loads).toBeGreaterThan(0)
    next.close()
  })

  test('with another g_b when its id is taken, and fails when that goes on', async () => {
    const keys = new MemoryKeys()
    let taken = 2
    const create = keys.create.bind(keys)
    keys.create = async (key) => (taken-- > 0 ? false : await create(key))
    await using stub = await startStub({ keys })
    ;(await stub.connect()).close()
    taken = 1000
    await expect(stub.connect()).rejects.toThrow('dh_gen_fail')
  })
})

describe('an exchange ends with -404', () => {
  /** Flips a bit of one step's request. */
  const flip = (step: string, at: number): Partial<ExchangeOptions> => ({
    tamper: (now, bytes) => {
      if (now === step)
        bytes.writeUInt8(
          bytes.readUInt8(at < 0 ? bytes.length + at : at) ^ 4,
          at < 0 ? bytes.length + at : at,
        )
      return bytes
    },
  })
  test.for<[string, Partial<ExchangeOptions>]>([
    ['for another constructor', flip('pq', 0)],
    ['for another nonce', flip('dh', 5)],
    ['for another server nonce', flip('dh', 25)],
    ['for wrong factors', flip('dh', 38)],
    ['for another fingerprint', flip('dh', 53)],
    ['for changed encrypted data', flip('dh', 200)],
    ['for another pq inside', flip('inner', 8)],
    ['for another nonce inside', flip('inner', 35)],
    ['for another server nonce inside', flip('inner', 50)],
    ['for an unknown inner constructor', flip('inner', 0)],
    ['for another nonce of the client', flip('client', 5)],
    ['for a wrong retry_id', flip('client', 37)],
    ['for changed client data', flip('set', 100)],
    ['for another nonce at the end', flip('set', 5)],
    ['for a g_b of one', { tamper: (step, bytes) => (step === 'client' ? withSmallGb(bytes) : bytes) }],
    ['for a request cut short', { tamper: (step, bytes) => (step === 'dh' ? bytes.subarray(0, 40) : bytes) }],
    [
      'for client data that is no whole block',
      { tamper: (step, bytes) => (step === 'set' ? cutBlock(bytes) : bytes) },
    ],
  ])('%s', async ([, exchange]) => {
    await using stub = await startStub()
    const error = await stub.connect({ exchange }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConnectionClosed)
    expect((error as ConnectionClosed).code).toBe(-404)
    expect((stub.keys as MemoryKeys).keys.size).toBe(0)
  })

  test('and with -444 for an unknown datacenter', async () => {
    await using stub = await startStub({ dcs: { ids: [1, 2], fallback: 1 } })
    for (const dc of [3, -3, 10_003]) {
      const error = await stub.connect({ exchange: { dc } }).catch((reason: unknown) => reason)
      expect((error as ConnectionClosed).code).toBe(-444)
    }
  })
})

function withSmallGb(bytes: Buffer): Buffer {
  const small = Buffer.alloc(256)
  small[255] = 1
  small.copy(bytes, 48)
  return bytes
}

/** Bytes of 340 where the encrypted data has a length that is no multiple of 16. */
function cutBlock(bytes: Buffer): Buffer {
  const cut = Buffer.from(bytes.subarray(0, bytes.length - 4))
  cut.writeUIntLE(cut.readUIntLE(37, 3) - 4, 37, 3)
  return cut
}

/** Plain requests over one connection, and what is needed to send them twice. */
async function plainConnection(stub: Stub): Promise<{ ask: AskPlain; close: () => void }> {
  let resolve: (body: Buffer) => void = () => {}
  const wire = await connectWire(
    'intermediate',
    { host: stub.host, port: stub.port },
    {
      onReceived: (received: Received) => {
        if ('payload' in received) resolve(received.payload.subarray(20))
      },
      onClose: () => {},
    },
  )
  const ask: AskPlain = (body) => {
    const payload = Buffer.alloc(20 + body.length)
    payload.writeBigInt64LE(4n, 8)
    payload.writeInt32LE(body.length, 16)
    payload.set(body, 20)
    return new Promise((done) => {
      resolve = done
      wire.send(payload)
    })
  }
  return { ask, close: () => wire.close() }
}

test('a step that is sent again gets the same answer, also from another connection', async () => {
  await using stub = await startStub()
  const one = await plainConnection(stub)
  const other = await plainConnection(stub)
  let steps = 0
  const key = await exchangeKeys(
    async (body) => {
      const answer = Buffer.from(await one.ask(body))
      if (body.readInt32LE(0) === (0xbe7e8ef1 | 0)) return answer
      steps++
      expect((await one.ask(body)).equals(answer)).toBe(true)
      expect((await other.ask(body)).equals(answer)).toBe(true)
      return answer
    },
    { publicKey: testKey.publicPem },
  )
  expect(steps).toBe(2)
  expect((stub.keys as MemoryKeys).keys.size).toBe(1)
  const client = await stub.connect({ key })
  await client.request(echo(1))
  for (const each of [one, other, client]) each.close()
})

test('an exchange is forgotten after ten minutes', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock, limits: { idleSec: 10_000 } })
  const connecting = stub.connect({
    exchange: {
      tamper: (step, bytes) => {
        if (step === 'dh') clock.advance(700_000)
        return bytes
      },
    },
  })
  await expect(connecting).rejects.toThrow('-404')
  expect(stub.server.stats.handshakes).toBe(0)
})

test('one connection cannot begin exchanges without end', async () => {
  await using stub = await startStub({ limits: { handshakesPerConnection: 3 } })
  const { ask, close } = await plainConnection(stub)
  const reqPq = Buffer.concat([Buffer.from('f18e7ebe', 'hex'), randomBytes(16)])
  for (let i = 0; i < 3; i++) await ask(reqPq)
  // What comes is a transport error, which is too short to have a body.
  expect(await ask(reqPq)).toHaveLength(0)
  close()
})

describe('a temporary key', () => {
  const withKeys = async (
    run: (stub: Stub, perm: ExchangedKey, temp: ExchangedKey, clock: TestClock) => Promise<void>,
  ): Promise<void> => {
    const clock = new TestClock()
    await using stub: Stub = await startStub({ clock })
    const at = { host: stub.host, port: stub.port, publicKey: testKey.publicPem, nowMs: () => clock.nowMs() }
    const perm = await makeKey(at)
    const temp = await makeKey({ ...at, exchange: { expiresInSec: 3600 } })
    await run(stub, perm, temp, clock)
  }

  test('is bound by who holds the permanent one', () =>
    withKeys(async (stub, perm, temp, clock) => {
      const client = await stub.connect({ key: temp })
      await client.request(echo(1))
      const [session] = stub.sessions
      const expiresAt = clock.nowSec() + 3000
      const message = { nonce: 5n, tempKeyId: temp.id, sessionId: client.sessionId, msgId: 400n, expiresAt }
      const call = { usedKeyId: temp.id, sessionId: client.sessionId, msgId: 400n }
      const request = {
        permAuthKeyId: perm.id,
        nonce: 5n,
        expiresAt,
        encryptedMessage: bindingMessage(perm, message),
      }
      expect(stub.server.sessionsOfKey(perm.id)).toEqual([])
      await stub.server.bindTempKey(call, request)
      await stub.server.bindTempKey(call, request)
      expect(session!.permKeyId).toBe(perm.id)
      expect(stub.server.sessionsOfKey(perm.id)).toEqual([session])
      expect(stored(stub, temp.id)).toMatchObject({ permKeyId: perm.id, expiresAtSec: expiresAt })
      stub.server.dropKey(perm.id)
      await client.closed
      expect(stub.server.stats.sessions).toBe(0)
      client.close()
    }))

  test('is not bound otherwise', () =>
    withKeys(async (stub, perm, temp, clock) => {
      const client = await stub.connect({ key: temp })
      await client.request(echo(1))
      const expiresAt = clock.nowSec() + 3000
      const message = { nonce: 5n, tempKeyId: temp.id, sessionId: client.sessionId, msgId: 400n, expiresAt }
      const call = { usedKeyId: temp.id, sessionId: client.sessionId, msgId: 400n }
      const bind = (change: object, of: object = {}, changedCall: object = {}): Promise<void> =>
        stub.server.bindTempKey(
          { ...call, ...changedCall },
          {
            permAuthKeyId: perm.id,
            nonce: 5n,
            expiresAt,
            encryptedMessage: bindingMessage(perm, { ...message, ...change }),
            ...of,
          },
        )
      for (const change of [
        { nonce: 6n },
        { tempKeyId: 1n },
        { sessionId: 1n },
        { msgId: 404n },
        { expiresAt: expiresAt + 1 },
        { permKeyId: 7n },
      ]) {
        await expect(bind(change)).rejects.toThrow('ENCRYPTED_MESSAGE_INVALID')
      }
      await expect(bind({}, { permAuthKeyId: 99n })).rejects.toThrow('ENCRYPTED_MESSAGE_INVALID')
      await expect(bind({}, { permAuthKeyId: temp.id })).rejects.toThrow('ENCRYPTED_MESSAGE_INVALID')
      await expect(bind({}, { encryptedMessage: randomBytes(104) })).rejects.toThrow(
        'ENCRYPTED_MESSAGE_INVALID',
      )
      await expect(bind({}, { encryptedMessage: randomBytes(10) })).rejects.toThrow(
        'ENCRYPTED_MESSAGE_INVALID',
      )
      await expect(bind({}, { expiresAt: clock.nowSec() - 1 })).rejects.toThrow('EXPIRES_AT_INVALID')
      await expect(bind({}, { expiresAt: clock.nowSec() + 999_999_999 })).rejects.toThrow(
        'EXPIRES_AT_INVALID',
      )
      await expect(bind({}, {}, { usedKeyId: perm.id })).rejects.toThrow('TEMP_AUTH_KEY_EMPTY')
      expect(stub.sessions[0]!.permKeyId).toBeUndefined()
      await bind({})
      const other = await makeKey({
        host: stub.host,
        port: stub.port,
        publicKey: testKey.publicPem,
        nowMs: () => clock.nowMs(),
      })
      const proof = bindingMessage(other, message)
      await expect(bind({}, { permAuthKeyId: other.id, encryptedMessage: proof })).rejects.toThrow(
        'TEMP_AUTH_KEY_ALREADY_BOUND',
      )
      client.close()
    }))
})
