import { expect } from 'vitest'
import { decodeObject } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { bindingMessage } from '../mtproto/client/binding.ts'
import { connectClient, makeKey, type Client } from '../mtproto/client/client.ts'
import type { ClientKey } from '../mtproto/client/packet.ts'
import type { ConnectionClosed } from '../mtproto/client/plain-client.ts'
import type { TestServer } from './in-process.ts'

const BOOL_TRUE = 0x997275b5

/** Connects with a new temporary key, which stands for nobody yet. */
export async function connectUnbound({ host, port, running }: TestServer): Promise<Client> {
  const at = { host, port, publicKey: running.facts.publicKey }
  const key = await makeKey({ ...at, exchange: { expiresInSec: 86_400 } })
  return await connectClient({ ...at, key })
}

/** Binds the temporary key of a client to a permanent one. */
export async function bind(client: Client, perm: ClientKey): Promise<void> {
  expect(await tryToBind(client, perm)).toBe('boolTrue')
}

/** The same. Resolves with `boolTrue`, or the name of the error. */
export async function tryToBind(client: Client, perm: ClientKey): Promise<string> {
  const expiresAt = Math.floor(Date.now() / 1000) + 3600
  const msgId = client.nextMsgId()
  const { key, sessionId } = client
  const binding = { nonce: 5n, tempKeyId: key.id, sessionId, msgId, expiresAt }
  const encryptedMessage = bindingMessage(perm, binding)
  const fields = { permAuthKeyId: perm.id, nonce: 5n, expiresAt, encryptedMessage }
  return await ask(client, tl['auth.bindTempAuthKey'](fields), msgId)
}

/** Forgets the temporary keys of whoever asks, but for that of the client and these. */
export async function dropTemporary(client: Client, except: readonly bigint[]): Promise<void> {
  const request = tl['auth.dropTempAuthKeys']({ exceptAuthKeys: [...except] })
  expect(await ask(client, request)).toBe('boolTrue')
}

/** Sends a request in a message of this id. Resolves with what the answer is, or the name of the error. */
async function ask(client: Client, request: T.AnyMethod, msgId = client.nextMsgId()): Promise<string> {
  const message = { body: encodeRequest(request), isContent: true, msgId }
  const answered = client.answerTo(message)
  client.send([message])
  const bytes = await answered
  if (bytes.readUInt32LE(0) === BOOL_TRUE) return 'boolTrue'
  const answer = decodeObject(bytes)
  return answer._ === 'rpc_error' ? (answer as T.rpc_error).errorMessage : answer._
}

/** What a client is answered that must be logged in: `updates.state`, or the name of the error. */
export async function state(client: Client): Promise<string> {
  return await ask(client, tl['updates.getState']())
}

/** With which error a server ends the connection of a client that calls with this key. */
export async function refusal({ host, port }: TestServer, key: ClientKey): Promise<number | undefined> {
  const client = await connectClient({ host, port, key })
  // The call fails with the connection.
  const [closed] = await Promise.all([client.closed, state(client).catch(() => {})])
  return (closed satisfies ConnectionClosed).code
}
