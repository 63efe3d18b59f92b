import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { checkObjectDc } from '../../src/domain/datacenters/datacenters.ts'
import { faultOf } from '../../src/rpc/faults.ts'
import { decodeObject } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import { RpcError } from '../../src/tl/rpc-error.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { HandClock } from '../harness/clock.ts'
import { RpcFailure } from '../harness/device.ts'
import { undocumented } from '../harness/documented.ts'
import { startWorld, type World } from '../harness/people.ts'

const CONFIG_OF_LAYER_140 = 0x330b4067

let world: World
const logged: Record<string, unknown>[] = []

beforeAll(async () => {
  const write = (line: string): void => void logged.push(JSON.parse(line) as Record<string, unknown>)
  world = await startWorld({ log: pino({ level: 'error' }, { write }) })
})
afterAll(() => world[Symbol.asyncDispose]())

async function failureOf(call: Promise<unknown>): Promise<RpcFailure> {
  const error = await call.catch((reason: unknown) => reason)
  if (error instanceof RpcFailure) return error
  throw error instanceof Error ? error : new Error('the call should have failed')
}

describe('what the caller did wrong', () => {
  test('has the code of its class', async () => {
    const alice = await world.person('Alice')
    const stranger = await world.stranger()
    const wrong = await failureOf(alice.call('account.updateUsername', { username: '1' }))
    expect(wrong).toMatchObject({ code: 400, message: 'USERNAME_INVALID' })
    const nobody = await failureOf(stranger.call('updates.getState'))
    expect(nobody).toMatchObject({ code: 401, message: 'AUTH_KEY_UNREGISTERED' })
    const absent = await failureOf(alice.call('payments.getStarsTopupOptions'))
    expect(absent).toMatchObject({ code: 400, message: 'METHOD_INVALID' })
  })

  test('is refused when it cannot be read', async () => {
    const stranger = await world.stranger()
    const answer = async (bytes: Uint8Array): Promise<string> => {
      const error = decodeObject(await stranger.client.request(bytes)) as T.RpcError | T.Config
      return error._ === 'rpc_error' ? `${error.errorCode} ${error.errorMessage}` : error._
    }
    await stranger.call('help.getConfig')
    const query = tl['help.getConfig']()
    const whole = encodeRequest(tl.invokeWithLayer({ layer: 200, query }))
    let wrapped: T.AnyMethod = query
    for (let i = 0; i < 20; i++) wrapped = tl.invokeWithoutUpdates({ query: wrapped })
    expect(await answer(Buffer.from('deadbeef', 'hex'))).toBe('400 INPUT_CONSTRUCTOR_INVALID')
    expect(await answer(whole.subarray(0, 8))).toBe('400 INPUT_FETCH_ERROR')
    expect(await answer(encodeRequest(wrapped))).toBe('400 INPUT_REQUEST_TOO_LONG')
    expect(await answer(whole)).toBe('config')
  })

  test('too often is told for how long to wait, with code 420, while who is logged in goes on', async () => {
    const rpcLimits = { loopbackTimes: 1, strangerCalls: 0.1, strangerBurst: 20 }
    await using strict = await startWorld({ rpcLimits, clock: new HandClock() })
    const alice = await strict.person('Alice')
    const stranger = await strict.stranger()
    const floods: string[] = []
    for (let i = 0; i < 25; i++) {
      const error = await failureOf(stranger.call('updates.getState'))
      if (error.code === 420) floods.push(error.message)
      await alice.call('updates.getState')
    }
    expect(floods.length).toBeGreaterThan(4)
    expect(Number(/^FLOOD_WAIT_(\d+)$/.exec(floods.at(-1) ?? '')?.[1])).toBeLessThanOrEqual(10)
  })

  test('too often is still told in the layer that it named when it was refused', async () => {
    const rpcLimits = { loopbackTimes: 1, strangerCalls: 0.1, strangerBurst: 1 }
    const clock = new HandClock()
    await using strict = await startWorld({ rpcLimits, clock })
    const [first, second] = [await strict.stranger(), await strict.stranger()]
    await first.call('help.getNearestDc')
    const config = tl['help.getConfig']()
    const inOldLayer = tl.invokeWithLayer({ layer: 140, query: config })
    const refused = await second.client.request(encodeRequest(inOldLayer))
    expect(decodeObject(refused)).toMatchObject({ errorMessage: 'FLOOD_WAIT_10' })
    clock.advance(10_000)
    const answer = await second.client.request(encodeRequest(config))
    expect(answer.readUInt32LE(0)).toBe(CONFIG_OF_LAYER_140)
  })

  test('with code 406 is shown to the person by the server, after the client is told', async () => {
    const stranger = await world.stranger()
    const fields = { phoneNumber: '+1', apiId: world.apiId, apiHash: world.apiHash }
    const error = await failureOf(
      stranger.call('auth.sendCode', { ...fields, settings: tl.codeSettings({}) }),
    )
    expect(error).toMatchObject({ code: 406, message: 'PHONE_NUMBER_INVALID' })
    const popup = await stranger.nextPopup()
    expect(popup).toMatchObject({ type: 'PHONE_NUMBER_INVALID', inboxDate: undefined })
    expect(popup.message).toMatch(/number/)
  })

  test('with code 406 is shown to nobody when the client asked by itself', async () => {
    const alice = await world.person('Alice')
    const stickerset = tl.inputStickerSetAnimatedEmoji()
    const error = await failureOf(alice.call('messages.getStickerSet', { stickerset, hash: 0 }))
    expect(error).toMatchObject({ code: 406, message: 'STICKERSET_INVALID' })
    await alice.device.settle()
    expect(alice.device.popups).toEqual([])
  })
})

describe('what the server did wrong', () => {
  test('is logged with all that is needed to find it, and the caller is told nothing', async () => {
    const alice = await world.person('Alice')
    const { sql } = world.server.context.db
    await sql`alter table phone_import rename to phone_import_gone`
    alice.device.mayMeetFaults = true
    const contact = { clientId: 1n, phone: '+15550104711', firstName: 'Secret', lastName: '' }
    const error = await failureOf(
      alice.call('contacts.importContacts', { contacts: [tl.inputPhoneContact(contact)] }),
    )
    await sql`alter table phone_import_gone rename to phone_import`
    expect(error).toMatchObject({ code: 500, message: 'RPC_CALL_FAIL' })

    const [line] = logged.splice(0)
    expect(line).toMatchObject({
      method: 'contacts.importContacts',
      userId: alice.id,
      apiId: world.apiId,
      keyId: String(alice.device.client.key.id),
      requestId: expect.stringMatching(/^\d{18,20}$/) as string,
      fault: {
        type: 'PostgresError',
        database: { code: '42P01', query: expect.stringContaining('phone_import') as string },
      },
    })
    for (const secret of ['15550104711', alice.phone, 'Secret'])
      expect(JSON.stringify(line)).not.toContain(secret)
  })

  test('is described without what somebody sent', () => {
    const cause = Object.assign(new Error('Key (phone)=(15550104711) exists'), {
      code: '23505',
      detail: 'Key (phone)=(15550104711) already exists.',
      parameters: ['15550104711'],
    })
    const fault = faultOf(new Error('invalid input "12345" for +15550104711', { cause }))
    expect(JSON.stringify(fault)).not.toMatch(/1555|12345/)
    expect(fault.stack).toContain('errors.test.ts')
    expect(fault.cause?.database).toEqual({ code: '23505' })
    expect(faultOf('thrown')).toMatchObject({ type: 'string', message: 'thrown' })
  })
})

describe('an object that another datacenter keeps', () => {
  test('is to be asked for there', () => {
    const { config, ...context } = world.server.context
    const several = { ...context, config: { ...config, ...parseConfig(['--dcs', '3'], {}) } }
    const check = (keyDc: number, objectDc: number): string => {
      try {
        checkObjectDc(several, keyDc, objectDc, 'FILE_MIGRATE_%d')
        return 'here'
      } catch (error) {
        return error instanceof RpcError
          ? `${error.codeFor('upload.getFile')} ${error.message}`
          : String(error)
      }
    }
    expect([check(1, 3), check(3, 3), check(0, 1), check(0, 2)]).toEqual([
      '303 FILE_MIGRATE_3',
      'here',
      '303 FILE_MIGRATE_1',
      'here',
    ])
    checkObjectDc({ ...context, config }, 1, 3, 'STATS_MIGRATE_%d')
  })
})

describe('tests', () => {
  test.each([
    ['updates.getState', 401, 'AUTH_KEY_UNREGISTERED', undefined],
    ['auth.sendCode', 420, 'FLOOD_WAIT_17', undefined],
    ['auth.sendCode', 406, 'PHONE_NUMBER_INVALID', undefined],
    ['auth.sendCode', 400, 'PHONE_NUMBER_INVALID', /documents as 406/],
    ['updates.getState', 400, 'PHONE_CODE_INVALID', /does not document/],
    ['updates.getState', 500, 'RPC_CALL_FAIL', /logged a fault/],
  ] as const)('%s may answer %i %s: %s', (method, errorCode, errorMessage, complaint) => {
    const found = undocumented(method, { errorCode, errorMessage })
    if (complaint === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(complaint)
  })
})
