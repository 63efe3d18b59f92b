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

type Request = Parameters<typeof encodeRequest>[0]

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

/** A client of whoever can log out; `answers` has what it was told, in that order. */
function leaver(how: { readonly logOut: () => Promise<void>; readonly waitFor?: Session['waitFor'] }): {
  answers: string[]
  call: (msgId: bigint, request: Request) => Promise<void>
} {
  const logins = new Member(server.context)
  const dispatcher = new Dispatcher({
    context: server.context,
    handlers: {
      'auth.logOut': async () => {
        logins.leave()
        await how.logOut()
        return tl['auth.loggedOut']({})
      },
      'updates.getState': async () =>
        tl['updates.state']({ pts: 1, qts: 0, date: 1, seq: 1, unreadCount: 0 }),
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
    waitFor: how.waitFor ?? (async () => {}),
  }
  const answers: string[] = []
  const call = async (msgId: bigint, request: Request): Promise<void> => {
    const body = await dispatcher.answer({ session, msgId, body: encodeRequest(request), ip: '127.0.0.1' })
    const answer = decodeObject(body) as T.rpc_error | T.auth.loggedOut | T.updates.state
    answers.push(answer._ === 'rpc_error' ? answer.errorMessage : answer._)
  }
  return { answers, call }
}

test('nobody is told to be out before the logging out is answered', async () => {
  const answered = Promise.withResolvers<void>()
  const { answers, call } = leaver({ logOut: () => answered.promise })
  const left = call(4n, tl['auth.logOut']())
  await new Promise(setImmediate)
  const later = call(8n, tl['updates.getState']())
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(answers).toEqual([])
  answered.resolve()
  await Promise.all([left, later])
  expect(answers).toEqual(['auth.loggedOut', 'AUTH_KEY_UNREGISTERED'])
})

test('what the logging out is to follow does not wait for it, even when it comes later', async () => {
  const followed = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  const { answers, call } = leaver({
    logOut: () => answered.promise,
    waitFor: (msgIds) => {
      expect(msgIds).toEqual([8n])
      return followed.promise
    },
  })
  const left = call(4n, tl.invokeAfterMsg({ msgId: 8n, query: tl['auth.logOut']() }))
  await new Promise(setImmediate)
  await call(8n, tl['updates.getState']())
  expect(answers).toEqual(['updates.state'])
  followed.resolve()
  await new Promise(setImmediate)
  const later = call(12n, tl['updates.getState']())
  await new Promise(setImmediate)
  answered.resolve()
  await Promise.all([left, later])
  expect(answers).toEqual(['updates.state', 'auth.loggedOut', 'AUTH_KEY_UNREGISTERED'])
})
