import pino from 'pino'
import { expect, test } from 'vitest'
import { must } from '../../../src/lib/assert.ts'
import { tl } from '../../../src/tl/factories.ts'
import { Authenticator } from '../../harness/authenticator.ts'
import type { Device } from '../../harness/device.ts'
import { knock, proofOf, prove, settingsOf } from '../../harness/password.ts'
import { startWorld, type Person, type World } from '../../harness/people.ts'
import { PortalClient, takeCode } from '../../http/portal/client.ts'
import { ask, asking, signUp } from './signing.ts'

/** What must not be known from the log, by what it is. */
class Secrets {
  readonly #all: { readonly what: string; readonly secret: string | Uint8Array }[] = []

  keep<S extends string | Uint8Array>(what: string, secret: S): S {
    this.#all.push({ what, secret })
    return secret
  }

  /** Which of them a text tells, in whatever letters. */
  foundIn(text: string): string[] {
    const found = this.#all.filter(({ secret }) => formsOf(secret).some((form) => text.includes(form)))
    return [...new Set(found.map(({ what }) => what))]
  }
}

function formsOf(secret: string | Uint8Array): string[] {
  // Short runs of digits are found in times and ids too: they count where they stand alone.
  if (typeof secret === 'string') return /^\d{1,6}$/.test(secret) ? [`"${secret}"`, ` ${secret} `] : [secret]
  const bytes = Buffer.from(secret)
  const encodings = ['hex', 'base64', 'base64url'] as const
  return [...encodings.map((encoding) => bytes.toString(encoding)), [...bytes].join(',')]
}

async function byPassword(world: World, alice: Person, secrets: Secrets): Promise<void> {
  const state = await alice.call('account.getPassword')
  const newSettings = await settingsOf(state, 'correct horse', {
    hint: 'battery staple',
    email: 'al@example.org',
  })
  secrets.keep('verifier', must(newSettings.newPasswordHash, 'it sets a password'))
  const password = tl.inputCheckPasswordEmpty()
  await alice.failure('account.updatePasswordSettings', { password, newSettings })
  const confirmation = must((await world.server.takeMail('al@example.org')).code, 'it brings a code')
  await alice.call('account.confirmPasswordEmail', { code: secrets.keep('confirmation', confirmation) })
  const door = await knock(world, alice)
  const proof = await prove(door, 'correct horse')
  secrets.keep('proof', proof.M1)
  await door.failure('auth.checkPassword', { password: { ...proof, M1: Buffer.alloc(32, 7) } })
  const right = await proofOf(await door.call('account.getPassword'), 'correct horse')
  await door.call('auth.checkPassword', { password: right })
  const lost = await knock(world, alice)
  await lost.call('auth.requestPasswordRecovery')
  const code = must((await world.server.takeMail('al@example.org')).code, 'it brings a code')
  await lost.call('auth.recoverPassword', { code: secrets.keep('recovery', code) })
}

async function byTokens(world: World, alice: Person, secrets: Secrets): Promise<void> {
  const { apiId, apiHash } = world
  const screen = await world.stranger()
  const shown = await screen.call('auth.exportLoginToken', { apiId, apiHash, exceptIds: [] })
  if (shown._ !== 'auth.loginToken') throw new Error(shown._)
  await alice.call('auth.acceptLoginToken', { token: secrets.keep('login token', shown.token) })
  const authenticator = new Authenticator()
  const { options } = await alice.call('account.initPasskeyRegistration')
  await alice.call('account.registerPasskey', { credential: authenticator.create(options) })
  const door = await world.stranger()
  const asked = await door.call('auth.initPasskeyLogin', { apiId, apiHash })
  const { publicKey } = JSON.parse(asked.options.data) as { publicKey: { challenge: string } }
  secrets.keep('challenge', publicKey.challenge)
  await door.call('auth.finishPasskeyLogin', { credential: authenticator.get(asked.options) })
}

async function byCode(world: World, phoneNumber: string, secrets: Secrets): Promise<Device> {
  const device = await world.stranger()
  secrets.keep('authorization key', device.client.key.secret)
  await signUp(world, device, phoneNumber, async (phone) =>
    secrets.keep('login code', await world.server.takeCode(phone)),
  )
  const { futureAuthToken } = await device.call('auth.logOut')
  const logoutTokens = [secrets.keep('future token', must(futureAuthToken, 'it gets one'))]
  await device.call('auth.sendCode', asking(world, phoneNumber, { logoutTokens }))
  const { phoneCodeHash } = await ask(world, await world.stranger(), phoneNumber)
  secrets.keep('code hash', phoneCodeHash)
  secrets.keep('second code', await world.server.takeCode(phoneNumber))
  return device
}

async function byPortal(alice: Person, client: PortalClient, secrets: Secrets): Promise<void> {
  const phone = `+${alice.phone}`
  const random_hash = secrets.keep('random_hash', await client.askCode(phone))
  const password = secrets.keep('portal code', await takeCode(alice))
  await client.post('/auth/login', { phone, random_hash, password: `${password}x` })
  await client.post('/auth/login', { phone, random_hash, password })
  secrets.keep('cookie', must(client.cookies.get('stel_token'), 'it is signed in'))
  secrets.keep('form hash', await client.formHash())
}

test('the log tells no secret by which somebody gets in, however much is logged and whatever fails', async () => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  await using world = await startWorld({ log })
  const secrets = new Secrets()
  secrets.keep('api_hash', world.apiHash)
  const alice = await world.person('Alice')
  const client = new PortalClient(world.server)
  await byPortal(alice, client, secrets)
  const device = await byCode(world, '15550050001', secrets)
  await byTokens(world, alice, secrets)
  await byPassword(world, alice, secrets)

  // What nobody here meant to happen: the tables are gone while codes are on their way.
  const phoneNumber = '15550050002'
  const late = await world.stranger()
  const { phoneCodeHash } = await ask(world, late, phoneNumber)
  const phoneCode = secrets.keep('code of a fault', await world.server.takeCode(phoneNumber))
  const { db } = world.server.context
  await db.transaction(async (tx) => {
    for (const name of ['login_code', 'page_code', 'future_token', 'login_token', 'passkey_challenge'])
      await tx.sql.unsafe(`alter table ${name} rename to ${name}_gone`)
  })
  late.mayMeetFaults = true
  device.mayMeetFaults = true
  expect(await late.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })).toBe('RPC_CALL_FAIL')
  secrets.keep('code hash of a fault', phoneCodeHash)
  expect(await device.failure('auth.logOut')).toBe('RPC_CALL_FAIL')
  const token = secrets.keep('imported token', Buffer.alloc(32, 0x5a))
  expect(await late.failure('auth.importLoginToken', { token })).toBe('RPC_CALL_FAIL')
  const random_hash = secrets.keep('portal hash of a fault', 'ab'.repeat(12))
  const password = secrets.keep('portal code of a fault', 'Abcdef_hij9')
  const failed = await client.post('/auth/login', { phone: '+15550050002', random_hash, password })
  expect(failed.status).toBe(500)
  const query = `/auth/send_password?phone=${secrets.keep('number in an address', '+15550050009')}`
  expect((await client.get(query)).status).toBe(500)

  const text = lines.join('')
  expect(lines.filter((line) => line.includes('"level":50')).length).toBeGreaterThanOrEqual(5)
  expect(secrets.foundIn(text)).toEqual([])
})
