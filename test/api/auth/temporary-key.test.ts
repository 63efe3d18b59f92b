import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeObject } from '../../../src/tl/decode.ts'
import { encodeRequest } from '../../../src/tl/encode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { bindingMessage } from '../../mtproto/client/binding.ts'
import { connectClient, makeKey } from '../../mtproto/client/client.ts'

const BOOL_TRUE = 0x997275b5

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

test('a temporary key is nobody until it is bound, and then whoever the permanent one is', async () => {
  const alice = await world.person('Alice')
  const { host, port, running } = world.server
  const at = { host, port, publicKey: running.facts.publicKey }
  const key = await makeKey({ ...at, exchange: { expiresInSec: 86_400 } })
  const client = await connectClient({ ...at, key })
  try {
    const ask = async (request: T.AnyMethod, msgId = client.nextMsgId()): Promise<{ _: string }> => {
      const message = { body: encodeRequest(request), isContent: true, msgId }
      const answer = client.answerTo(message)
      client.send([message])
      const bytes = await answer
      if (bytes.readUInt32LE(0) === BOOL_TRUE) return { _: 'boolTrue' }
      return decodeObject(bytes)
    }
    const unbound = await ask(tl['updates.getState']())
    expect(unbound).toMatchObject({ errorCode: 401, errorMessage: 'AUTH_KEY_PERM_EMPTY' })
    expect((await ask(tl['help.getConfig']()))._).toBe('config')

    const perm = alice.device.client.key
    const expiresAt = Math.floor(Date.now() / 1000) + 3600
    const bind = async (change: object): Promise<{ _: string }> => {
      const msgId = client.nextMsgId()
      const binding = {
        nonce: 5n,
        tempKeyId: key.id,
        sessionId: client.sessionId,
        msgId,
        expiresAt,
        ...change,
      }
      const encryptedMessage = bindingMessage(perm, binding)
      const request = tl['auth.bindTempAuthKey']({
        permAuthKeyId: perm.id,
        nonce: 5n,
        expiresAt,
        encryptedMessage,
      })
      return await ask(request, msgId)
    }
    expect(await bind({ nonce: 6n })).toMatchObject({ errorMessage: 'ENCRYPTED_MESSAGE_INVALID' })
    expect((await bind({}))._).toBe('boolTrue')
    expect((await ask(tl['updates.getState']()))._).toBe('updates.state')
    const bob = await world.person('Bob')
    await bob.send(alice, 'Hello')
    expect((decodeObject(await client.nextPush()) as T.updates).updates).toMatchObject([
      { _: 'updateNewMessage' },
    ])
  } finally {
    client.close()
  }
})
