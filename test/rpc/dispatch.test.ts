import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../src/mtproto/session.ts'
import { Dispatcher } from '../../src/rpc/dispatch.ts'
import { Logins } from '../../src/rpc/logins.ts'
import { decodeObject } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { startTestServer, type TestServer } from '../harness/in-process.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Somebody who is logged in until `leave`. */
class Member extends Logins {
  #isIn = true

  override async of(): ReturnType<Logins['of']> {
    const userId = this.#isIn ? (1 as never) : undefined
    return {
      userId,
      isBot: false,
      bannedUntil: undefined,
      isAppBlocked: false,
      ended: null,
      layer: 0,
      apiId: 1,
      langCode: '',
    }
  }

  leave(): void {
    this.#isIn = false
  }
}

test('nobody is told to be out before the logging out is answered', async () => {
  const logins = new Member(server.context)
  const answered = Promise.withResolvers<void>()
  const dispatcher = new Dispatcher({
    context: server.context,
    handlers: {
      'auth.logOut': async () => {
        logins.leave()
        await answered.promise
        return tl['auth.loggedOut']({})
      },
    },
    logins,
    saveDevice: async () => {},
    noteVisit: async () => {},
  })
  const session: Session = {
    id: 1n,
    keyId: 1n,
    permKeyId: 1n,
    dc: 2,
    isTest: false,
    data: undefined,
    isConnected: true,
    lastSeenSec: 0,
    push: () => true,
    waitFor: async () => {},
  }
  const answers: string[] = []
  const call = async (msgId: bigint, request: Parameters<typeof encodeRequest>[0]): Promise<void> => {
    const body = await dispatcher.answer({ session, msgId, body: encodeRequest(request), ip: '127.0.0.1' })
    const answer = decodeObject(body) as T.rpc_error | T.auth.loggedOut
    answers.push(answer._ === 'rpc_error' ? answer.errorMessage : answer._)
  }
  const left = call(4n, tl['auth.logOut']())
  await new Promise(setImmediate)
  const later = call(8n, tl['updates.getState']())
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(answers).toEqual([])
  answered.resolve()
  await Promise.all([left, later])
  expect(answers).toEqual(['auth.loggedOut', 'AUTH_KEY_UNREGISTERED'])
})
