import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { isLoopback, networkOf } from '../../src/lib/address.ts'
import { Buckets } from '../../src/lib/buckets.ts'
import { Addresses } from '../../src/mtproto/addresses.ts'
import { TransportError } from '../../src/mtproto/errors.ts'
import { defaultLimits } from '../../src/mtproto/limits.ts'
import { connectClient } from './client/client.ts'
import { ConnectionClosed } from './client/plain-client.ts'
import { echo } from './messages.ts'
import { startStub, TestClock, type Stub } from './stub.ts'

async function refusalOf(promise: Promise<unknown>): Promise<number | undefined> {
  const reason = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  return reason instanceof ConnectionClosed ? reason.code : undefined
}

/** A request with a key that the server has never made. */
async function knock(stub: Stub): Promise<number | undefined> {
  const secret = randomBytes(256)
  const client = await connectClient({
    host: stub.host,
    port: stub.port,
    key: { id: randomBytes(8).readBigInt64LE(), secret },
  })
  return await refusalOf(client.request(echo(1)))
}

test('an address makes so many keys at once and so many a second', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock, limits: { handshakesPerIp: 1, handshakeBurst: 2 } })
  const make = async (): Promise<number | undefined> => {
    const making = stub.connect()
    making.then((client) => client.close()).catch(() => {})
    return await refusalOf(making)
  }
  expect([await make(), await make(), await make()]).toEqual([undefined, undefined, -429])
  clock.advance(1000)
  expect([await make(), await make()]).toEqual([undefined, -429])
})

test('an address that names keys at random is no longer answered, and costs no look-up', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock, limits: { unknownKeysPerIp: 1, unknownKeyBurst: 2 } })
  const known = await stub.connect()
  expect([await knock(stub), await knock(stub), await knock(stub)]).toEqual([-404, -404, -429])
  const { loads } = stub.keys as unknown as { loads: number }
  expect(await knock(stub)).toBe(-429)
  expect((stub.keys as unknown as { loads: number }).loads).toBe(loads)
  // Whoever is there already goes on.
  await known.request(echo(1))
  clock.advance(1000)
  expect(await knock(stub)).toBe(-404)
  known.close()
})

test('what the connections of an address have begun to send is bounded together', async () => {
  await using stub = await startStub({ limits: { pendingBytesPerIp: 3000 } })
  const begin = async (): Promise<net.Socket> => {
    const socket = net.connect(stub.port, stub.host)
    socket.on('error', () => {})
    socket.resume()
    await once(socket, 'connect')
    // An intermediate transport, and a packet of which the end never comes.
    const bytes = Buffer.concat([Buffer.from('eeeeeeee00100000', 'hex'), Buffer.alloc(1400)])
    const before = stub.bytesRead()
    socket.write(bytes)
    await expect.poll(() => stub.bytesRead()).toBe(before + bytes.length)
    return socket
  }
  const sockets = [await begin(), await begin()]
  const last = await begin()
  if (!last.closed) await once(last, 'close')
  expect(sockets.map((socket) => socket.closed)).toEqual([false, false])
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => stub.server.stats.connections).toBe(0)
  // What they held is free again.
  const client = await stub.connect()
  await client.request(echo(1))
  client.close()
})

test('over HTTP the same limits hold', async () => {
  const limits = { unknownKeysPerIp: 1, unknownKeyBurst: 1, handshakesPerIp: 1, handshakeBurst: 1 }
  await using stub = await startStub({ limits })
  const post = async (body: Buffer): Promise<number> => {
    const answer = await fetch(`http://${stub.host}:${stub.port}/api`, {
      method: 'POST',
      body: Buffer.from(body),
    })
    await answer.arrayBuffer()
    return answer.status
  }
  expect([await post(randomBytes(100)), await post(randomBytes(100))]).toEqual([404, 429])
  const plain = Buffer.concat([Buffer.alloc(16), Buffer.from('14000000f18e7ebe', 'hex'), randomBytes(16)])
  plain.writeBigInt64LE(BigInt(Math.floor(Date.now() / 1000)) << 32n, 8)
  expect([await post(plain), await post(plain)]).toEqual([200, 429])
})

test('this machine may do more, and a network of IPv6 counts as one', () => {
  const addresses = new Addresses(new TestClock(), {
    ...defaultLimits,
    connectionsPerIp: 1,
    loopbackTimes: 3,
  })
  const codeOf = (ip: string): number | undefined => {
    try {
      addresses.visit(ip).check()
      return undefined
    } catch (error) {
      return (error as TransportError).code
    }
  }
  expect([codeOf('127.0.0.1'), codeOf('::ffff:127.0.0.1'), codeOf('127.0.0.1'), codeOf('127.0.0.1')]).toEqual(
    [undefined, undefined, undefined, 429],
  )
  expect([codeOf('2001:db8::1'), codeOf('2001:db8:0:0:ffff::2'), codeOf('2001:db8:0:1::1')]).toEqual([
    undefined,
    429,
    undefined,
  ])
  expect([isLoopback('::1'), isLoopback('::ffff:127.9.9.9'), isLoopback('192.0.2.1')]).toEqual([
    true,
    true,
    false,
  ])
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
})

test('a bucket says after how long there is something in it again', () => {
  const clock = new TestClock()
  const buckets = new Buckets(clock)
  const pace = { perSec: 0.1, burst: 1 }
  expect([buckets.take('a', pace, 0), buckets.take('a', pace), buckets.take('a', pace)]).toEqual([0, 0, 10])
  expect(buckets.take('b', pace)).toBe(0)
  clock.advance(9_000)
  expect(buckets.take('a', pace)).toBe(1)
  clock.advance(1_000)
  expect(buckets.take('a', pace)).toBe(0)
})
