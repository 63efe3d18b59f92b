import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { echo, settle } from './messages.ts'
import { startStub, TestClock, type Stub } from './stub.ts'

async function rawSocket(stub: Stub): Promise<net.Socket> {
  const socket = net.connect(stub.port, stub.host)
  await once(socket, 'connect')
  return socket
}

test('a connection that says too little for too long is closed', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock })
  const socket = await rawSocket(stub)
  socket.write(Buffer.of(0xef))
  await expect.poll(() => stub.server.stats.connections).toBe(1)
  clock.advance(70_000)
  await once(socket, 'close')
  expect(stub.server.stats.connections).toBe(0)
})

test('so is one that never ends its packet, and one that is silent', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock })
  const slow = await stub.connect()
  const silent = await stub.connect()
  await slow.request(echo(1))
  await silent.request(echo(1))
  const before = stub.bytesRead()
  slow.sendRaw(Buffer.of(200, 0, 0, 0, 1, 2, 3))
  await expect.poll(() => stub.bytesRead()).toBe(before + 7)
  clock.advance(100_000)
  expect(stub.server.stats.connections).toBe(2)
  clock.advance(50_000)
  await slow.closed
  expect(stub.server.stats.connections).toBe(1)
  clock.advance(800_000)
  await silent.closed
})

test('a packet that is too long is not waited for', async () => {
  await using stub = await startStub()
  for (const head of [
    Buffer.from('eeeeeeee00000010', 'hex'),
    Buffer.from('dddddddd00000020', 'hex'),
    Buffer.from('ef7fffffff', 'hex'),
    Buffer.from('0000ff0000000000', 'hex'),
    Buffer.from('eeeeeeee00000000', 'hex'),
    Buffer.from('ef00', 'hex'),
  ]) {
    const socket = await rawSocket(stub)
    socket.on('error', () => {})
    socket.write(head)
    await once(socket, 'close')
  }
})

test('too many connections of one address are refused with -429', async () => {
  await using stub = await startStub({ limits: { connectionsPerIp: 2 } })
  const clients = [await stub.connect(), await stub.connect()]
  await expect(stub.connect()).rejects.toThrow('-429')
  const { connections } = stub.server.stats
  clients[0]!.close()
  await expect.poll(() => stub.server.stats.connections).toBe(connections - 1)
  clients.push(await stub.connect())
  for (const client of clients) client.close()
})

test('drain waits for what runs, and close ends everything', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stub = await startStub({ onRequest: async ({ body }) => (await promise, body) })
  const client = await stub.connect()
  const answer = client.request(echo(1))
  await expect.poll(() => stub.calls).toHaveLength(1)
  let isDrained = false
  const draining = stub.server.drain().then(() => (isDrained = true))
  await settle()
  expect(isDrained).toBe(false)
  resolve()
  await draining
  expect((await answer).equals(echo(1))).toBe(true)
  await stub.server.close()
  await client.closed
  expect(stub.closedSessions).toHaveLength(1)
  expect(stub.server.stats).toEqual({ connections: 0, sessions: 0, handshakes: 1, runningRequests: 0 })
  await stub[Symbol.asyncDispose]()
})
