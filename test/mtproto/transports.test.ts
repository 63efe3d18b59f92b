import { expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import { TlWriter } from '../../src/tl/writer.ts'
import type { TransportName } from './client/framing.ts'
import { quickAckOf } from './client/packet.ts'
import { startStub } from './stub.ts'

const TRANSPORTS: readonly TransportName[] = [
  'abridged',
  'intermediate',
  'padded',
  'full',
  'obfuscated-abridged',
  'obfuscated-intermediate',
  'obfuscated-padded',
  'obfuscated-full',
  'websocket-abridged',
  'websocket-intermediate',
  'websocket-padded',
  'websocket-full',
  'websocket-plain-intermediate',
  'http',
]

/** Lengths on both sides of every border: the long form of abridged, one read of a socket, a part of a file. */
const LENGTHS = [4, 8, 500, 504, 508, 512, 4096, 65_536, 524_288]

test.for(TRANSPORTS)('%s carries a conversation', async (transport) => {
  await using stub = await startStub()
  const client = await stub.connect({ transport })
  for (const length of LENGTHS) {
    const body = bytesOf(length)
    expect((await client.request(body)).equals(body)).toBe(true)
  }
  const bodies = LENGTHS.slice(0, 6).map((length) => bytesOf(length))
  const answers = await Promise.all(bodies.map((body) => client.request(body)))
  expect(answers.map((answer) => answer.length)).toEqual(bodies.map((body) => body.length))

  const update = bytesOf(64)
  if (transport === 'http') client.send([{ body: httpWait(0, 0, 5000) }])
  expect(stub.sessions[0]!.push(update)).toBe(true)
  expect((await client.nextPush()).equals(update)).toBe(true)
  expect(stub.sessions).toHaveLength(1)
  client.close()
})

test.for(['abridged', 'intermediate', 'padded', 'obfuscated-padded'] as const)(
  '%s acknowledges at once when asked to',
  async (transport) => {
    await using stub = await startStub()
    const client = await stub.connect({ transport })
    await client.request(bytesOf(16))
    const msgId = client.nextMsgId()
    const answer = client.answerTo({ msgId, body: bytesOf(600) })
    const packet = client.sendPacket(msgId, client.nextSeqNo(true), bytesOf(600), {}, true)
    await answer
    expect(client.quickAcks).toEqual([quickAckOf(client.key, packet)])
    client.close()
  },
)

/** A body that is no service message and does not compress. */
export function bytesOf(length: number): Buffer {
  const body = Buffer.alloc(length)
  for (let i = 4; i < length; i++) body[i] = (i * i * 7919 + (i >> 3) * 31) & 0xff
  body.writeUInt32LE(0x11223344, 0)
  return body
}

function httpWait(maxDelay: number, waitAfter: number, maxWait: number): Buffer {
  const writer = new TlWriter(16)
  writer.int(ID.httpWait)
  writer.int(maxDelay)
  writer.int(waitAfter)
  writer.int(maxWait)
  return Buffer.from(writer.finish())
}
