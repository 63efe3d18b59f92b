import { gzipSync } from 'node:zlib'
import { ID } from '../../src/mtproto/ids.ts'
import type { RpcCall } from '../../src/mtproto/session.ts'
import { TlReader } from '../../src/tl/reader.ts'
import { TlWriter } from '../../src/tl/writer.ts'
import type { Client, ServerMessage } from './client/client.ts'

/** A request that no one takes for a service message; it is answered with itself. */
export function echo(number: number, length = 16): Buffer {
  const body = Buffer.alloc(length)
  body.writeUInt32LE(0x11223344, 0)
  body.writeUInt32LE(number, 4)
  // Bytes that do not compress, so that what is sent is what is received.
  for (let i = 8; i < length; i++) body[i] = (i * i * 7919 + (i >> 3) * 31 + number) & 0xff
  return body
}

export function write(...fill: readonly ((writer: TlWriter) => void)[]): Buffer {
  const writer = new TlWriter()
  for (const next of fill) next(writer)
  return Buffer.from(writer.finish())
}

export function ping(pingId: bigint): Buffer {
  return write(
    (w) => w.int(ID.ping),
    (w) => w.long(pingId),
  )
}

export function gzipped(body: Uint8Array): Buffer {
  return write(
    (w) => w.int(ID.gzipPacked),
    (w) => w.bytes(gzipSync(body)),
  )
}

/** bad_msg_notification and bad_server_salt. */
export function readBad(body: Buffer): { msgId: bigint; seqNo: number; code: number } {
  return { msgId: body.readBigInt64LE(4), seqNo: body.readInt32LE(12), code: body.readInt32LE(16) }
}

export function readIds(body: Buffer): bigint[] {
  const reader = new TlReader(body.subarray(4))
  return Array.from({ length: reader.vector(8) }, () => reader.long())
}

export function readResult(body: Buffer): { reqMsgId: bigint; result: Buffer } {
  return { reqMsgId: body.readBigInt64LE(4), result: body.subarray(12) }
}

/** Lets what is under way over sockets of this machine happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Resolves when the server has read all that was sent on this connection, and all that it had to send before is here. */
export async function caughtUp(client: Client): Promise<void> {
  const [sent] = client.send([{ body: ping(client.nextMsgId()) }])
  await client.waitFor(
    ({ body }) => body.readInt32LE(0) === ID.pong && body.readBigInt64LE(4) === sent!.msgId,
  )
}

/** Whether a message answers this request. */
export const isResultOf =
  (msgId: bigint) =>
  (message: ServerMessage): boolean =>
    message.body.readInt32LE(0) === ID.rpcResult && readResult(message.body).reqMsgId === msgId

/** How many messages of this constructor came. */
export const countOf = (client: Client, id: number): number =>
  client.messages.filter(({ body }) => body.readInt32LE(0) === id).length

/** Requests that are answered when the test says so. */
export function gate(): {
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
