import { deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeRequest } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { TlError } from '../../src/tl/error.ts'
import { TlWriter } from '../../src/tl/writer.ts'

const GZIP_PACKED_ID = 0x3072cfa1
const INVOKE_AFTER_MSG_ID = 0xcb9f372d | 0

const ping = encodeRequest({ _: 'help.getNearestDc' })

test.each([
  ['gzip', gzipSync],
  ['zlib', deflateSync],
])('a request may be packed by %s inside a wrapper', (_how, pack) => {
  expect(decodeRequest(after(packed(ping, pack)))).toEqual({
    _: 'invokeAfterMsg',
    msgId: 7n,
    query: decodeRequest(ping),
  })
})

test.each([
  ['packed twice', packed(packed(ping))],
  ['packed twice around a wrapper', packed(after(packed(ping)))],
  ['no gzip', packed(ping, (bytes) => bytes)],
  ['followed by more', packed(Buffer.concat([ping, ping]))],
])('%s is an error', (_what, bytes) => {
  expect(() => decodeRequest(after(bytes))).toThrow(TlError)
  expect(decodeRequest(after(packed(ping)))).toBeDefined()
})

function packed(body: Uint8Array, pack: (bytes: Uint8Array) => Uint8Array = gzipSync): Uint8Array {
  const writer = new TlWriter()
  writer.int(GZIP_PACKED_ID)
  writer.bytes(pack(body))
  return writer.finish()
}

function after(query: Uint8Array): Uint8Array {
  const writer = new TlWriter()
  writer.int(INVOKE_AFTER_MSG_ID)
  writer.long(7n)
  return Buffer.concat([writer.finish(), query])
}
