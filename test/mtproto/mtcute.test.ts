import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { addPublicKey, NodeCryptoProvider } from '@mtcute/node/utils.js'
import { expect, test } from 'vitest'
import type { BindingCall } from '../../src/mtproto/server.ts'
import type { RpcCall } from '../../src/mtproto/session.ts'
import { decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { startStub, testKey, type Stub } from './stub.ts'

function callOf({ session, msgId }: RpcCall): BindingCall {
  return { usedKeyId: session.keyId, sessionId: session.id, msgId }
}

/** What a client asks before it is logged in. */
async function answer(stub: () => Stub, call: RpcCall): Promise<Uint8Array> {
  const codec = codecFor(NEWEST_LAYER)
  let request: T.AnyMethod = decodeRequest(call.body)
  while ('query' in request) request = request.query as T.AnyMethod // invokeWithLayer, initConnection, ...
  switch (request._) {
    case 'auth.bindTempAuthKey':
      await stub().server.bindTempKey(callOf(call), request)
      return codec.encodeResult(request._, true)
    case 'help.getNearestDc':
      return codec.encodeResult(request._, tl.nearestDc({ country: 'FR', thisDc: 2, nearestDc: 2 }))
    default:
      return codec.encode(tl.rpc_error({ errorCode: 401, errorMessage: 'AUTH_KEY_UNREGISTERED' }), 'RpcError')
  }
}

test.for([false, true])('mtcute makes keys and calls, with perfect forward secrecy: %s', async (usePfs) => {
  await using stub: Stub = await startStub({
    dcs: { ids: [2], fallback: 2 },
    onRequest: (call) => answer(() => stub, call),
  })
  const crypto = new NodeCryptoProvider()
  await crypto.initialize()
  addPublicKey(crypto, testKey.publicPem)
  const dc = { id: 2, ipAddress: stub.host, port: stub.port, testMode: false }
  const client = new TelegramClient({
    apiId: 1,
    apiHash: '0123456789abcdef0123456789abcdef',
    storage: new MemoryStorage(),
    crypto,
    testMode: false,
    defaultDcs: { main: dc, media: { ...dc, mediaOnly: true } },
    network: { usePfs },
    disableUpdates: true,
    logLevel: 0,
  })
  const nearest = await client.call({ _: 'help.getNearestDc' })
  expect(nearest).toMatchObject({ country: 'FR', thisDc: 2, nearestDc: 2 })
  expect(stub.sessions[0]!.dc).toBe(2)
  expect(stub.sessions[0]!.permKeyId).toBeDefined()
  expect(stub.sessions[0]!.permKeyId === stub.sessions[0]!.keyId).toBe(!usePfs)
  await client.destroy()
})
