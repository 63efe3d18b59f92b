import { expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import type { Client } from './client/client.ts'
import { echo, ping, settle, write } from './messages.ts'
import { startStub, TestClock } from './stub.ts'

const httpWait = (maxDelay: number, waitAfter: number, maxWait: number): Buffer =>
  write(
    (w) => w.int(ID.httpWait),
    (w) => w.int(maxDelay),
    (w) => w.int(waitAfter),
    (w) => w.int(maxWait),
  )

/** The packets that came, each as the constructors in it. */
function packets(client: Client): number[][] {
  const byPacket = new Map<bigint, number[]>()
  for (const { packetId, body } of client.messages) {
    byPacket.set(packetId, [...(byPacket.get(packetId) ?? []), body.readInt32LE(0)])
  }
  return [...byPacket.values()]
}

test('a request is answered in its own response, with the acknowledgements', async () => {
  await using stub = await startStub()
  const client = await stub.connect({ transport: 'http' })
  await client.request(echo(1))
  await client.request(echo(2))
  expect(packets(client)).toEqual([[ID.newSessionCreated, ID.rpcResult], [ID.rpcResult]])
  client.close()
})

test('http_wait ends with an update as soon as there is one', async () => {
  await using stub = await startStub()
  const client = await stub.connect({ transport: 'http' })
  await client.request(echo(1))
  client.send([{ body: httpWait(0, 0, 20_000) }])
  await settle()
  stub.sessions[0]!.push(echo(2))
  expect((await client.nextPush()).equals(echo(2))).toBe(true)
  client.close()
})

test('http_wait ends with an empty container when nothing comes', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock })
  const client = await stub.connect({ transport: 'http' })
  await client.request(echo(1))
  let isOver = false
  client.receive = () => void (isOver = true)
  client.send([{ body: httpWait(0, 0, 10_001) }])
  await expect.poll(() => clock.isDueIn(10_001)).toBe(true)
  clock.advance(9000)
  await settle()
  expect(isOver).toBe(false)
  clock.advance(2000)
  await expect.poll(() => isOver).toBe(true)
  client.close()
})

test('max_delay and wait_after gather what comes together', async () => {
  const clock = new TestClock()
  await using stub = await startStub({ clock })
  const client = await stub.connect({ transport: 'http' })
  await client.request(echo(1))
  client.messages.length = 0
  client.send([{ body: httpWait(1000, 300, 20_001) }])
  await expect.poll(() => clock.isDueIn(20_001)).toBe(true)
  for (let i = 0; i < 3; i++) {
    stub.sessions[0]!.push(echo(i))
    await settle()
    clock.advance(200)
    await settle()
  }
  expect(client.messages).toHaveLength(0)
  clock.advance(400)
  await client.nextPush()
  expect(packets(client)).toHaveLength(1)
  expect(client.messages).toHaveLength(3)
  client.close()
})

test('a request with max_wait 0 ends at once, and its answer comes through the one that waits', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await using stub = await startStub({ onRequest: async ({ body }) => (await promise, body) })
  const client = await stub.connect({ transport: 'http' })
  client.send([{ body: httpWait(0, 0, 20_000) }])
  await client.waitForId(ID.newSessionCreated)
  client.send([{ body: httpWait(0, 0, 20_000) }])
  const message = client.number({ body: echo(1), isContent: true })
  const answer = client.answerTo(message)
  client.send([message, { body: httpWait(0, 0, 0) }])
  await client.waitForId(ID.msgsAck)
  resolve()
  expect((await answer).equals(echo(1))).toBe(true)
  client.close()
})

test('an answer goes to the request, an update to the one that waits', async () => {
  await using stub = await startStub()
  const client = await stub.connect({ transport: 'http' })
  await client.request(echo(1))
  client.send([{ body: httpWait(0, 0, 20_000) }])
  await settle()
  await client.request(echo(2))
  stub.sessions[0]!.push(echo(3))
  await client.nextPush()
  expect(packets(client).slice(1)).toEqual([[ID.rpcResult], [echo(3).readInt32LE(0)]])
  client.close()
})

test('what a broken exchange would have carried is found by the next', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await using stub = await startStub({ onRequest: async ({ body }) => (await promise, body) })
  const client = await stub.connect({ transport: 'http' })
  const [sent] = client.send([{ body: echo(1), isContent: true }])
  await client.waitForId(ID.newSessionCreated)
  client.close()
  resolve()
  await settle()
  const next = await stub.connect({ transport: 'http', after: client })
  next.send([{ body: ping(1n) }, { body: httpWait(0, 0, 5000) }])
  const { body } = await next.waitForId(ID.rpcResult)
  expect(body.readBigInt64LE(4)).toBe(sent!.msgId)
  next.close()
})

test('errors of the transport are statuses', async () => {
  await using stub = await startStub()
  const client = await stub.connect({ transport: 'http' })
  client.sendPayload(Buffer.alloc(88, 3))
  expect((await client.closed).code).toBe(-404)
  await expect(
    stub.connect({ transport: 'http', exchange: { tamper: (_, bytes) => bytes.fill(1, 0, 4) } }),
  ).rejects.toThrow('-404')
})
