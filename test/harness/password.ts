import { computeNewPasswordHash, computeSrpParams, NodeCryptoProvider } from '@mtcute/node/utils.js'
import { must } from '../../src/lib/assert.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import type { Device, Fields } from './device.ts'
import type { Person, World } from './people.ts'

/** Two-step verification as a client of another house computes it. */
const crypto = new NodeCryptoProvider()

type NewSettings = Fields<'account.updatePasswordSettings'>['newSettings']
const EMPTY = tl.inputCheckPasswordEmpty()

/** Proves a password by the challenge in `state`. */
export async function proofOf(state: T.account.Password, password: string): Promise<T.inputCheckPasswordSRP> {
  // The library has 64-bit numbers as objects of its own, and passes this one on as it is.
  const request = { ...state, srpId: must(state.srpId, 'there is a challenge') }
  const proof = await computeSrpParams(crypto, request as never, password)
  const { A, M1 } = proof as unknown as { A: Uint8Array; M1: Uint8Array }
  return tl.inputCheckPasswordSRP({ srpId: request.srpId, A, M1 })
}

/** The settings that set a password, by the salts in `state`. */
export async function settingsOf(
  state: T.account.Password,
  password: string,
  more: { readonly hint?: string; readonly email?: string } = {},
): Promise<T.account.passwordInputSettings> {
  const given = state.newAlgo as T.passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
  const newAlgo = { ...given }
  const newPasswordHash = await computeNewPasswordHash(crypto, newAlgo, password)
  return tl['account.passwordInputSettings']({
    newAlgo: tl[newAlgo._](newAlgo),
    newPasswordHash,
    hint: more.hint ?? '',
    email: more.email,
  })
}

/** Proves on a device what its owner's password is, by a new challenge. */
export async function prove(device: Device, password: string): Promise<T.inputCheckPasswordSRP> {
  return await proofOf(await device.call('account.getPassword'), password)
}

/** Sets the first password of somebody. */
export async function setPassword(
  device: Device,
  password: string,
  more: { readonly hint?: string } = {},
): Promise<void> {
  const state = await device.call('account.getPassword')
  const newSettings: NewSettings = await settingsOf(state, password, more)
  await device.call('account.updatePasswordSettings', { password: EMPTY, newSettings })
}

/** A device on which somebody has entered the login code, and is asked for the password. */
export async function knock(world: World, person: Person): Promise<Device> {
  const device = await world.stranger()
  const { apiId, apiHash } = world
  const phoneNumber = person.phone
  const settings = tl.codeSettings({})
  const sent = await device.call('auth.sendCode', { phoneNumber, apiId, apiHash, settings })
  if (sent._ !== 'auth.sentCode') throw new Error(`auth.sendCode answered ${sent._}`)
  const { phoneCodeHash } = sent
  const error = await device.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '22222' })
  if (error !== 'SESSION_PASSWORD_NEEDED') throw new Error(`auth.signIn failed with ${error}`)
  return device
}
