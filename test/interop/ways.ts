/// <reference types="@prebuilt-tdlib/types" />
import type { tl } from '@mtcute/node'
import type { Client } from 'tdl'
import type { AuthenticationCodeType, AuthorizationState } from 'tdlib-types'
import { Api } from 'telegram'
import { expect } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { within } from '../harness/server.ts'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'
import type { World } from './world.ts'

/** By which way a code comes, and by which it can come next, in words that all clients share. */
export interface WaySeen {
  readonly type: Way
  readonly next: Way | undefined
}
export type Way = 'app' | 'sms' | 'call' | 'flash call' | 'missed call' | 'email' | 'in already'

/** Somebody at the door who signs in step by step. */
export interface SigningIn {
  /** Asks for a code, with the tokens of former log-outs. */
  ask(tokens?: readonly Uint8Array[]): Promise<WaySeen>
  askAgain(): Promise<WaySeen>
  /** Enters a code; signs up when the number has no account. Resolves with the user. */
  enter(code: string, firstName: string): Promise<number>
  /** Enters a code that came by e-mail. */
  enterEmail(code: string): Promise<number>
  /** Gives the account a login e-mail. */
  setEmail(address: string, code: () => Promise<string>): Promise<void>
  /** Logs out and keeps what lets the client in again. */
  logOut(): Promise<Uint8Array | undefined>
}

const STATE_MS = 20_000
/** What a client for a phone says that it can take. */
const TAKES = {
  allowMissedCall: true,
  allowFlashcall: true,
  currentNumber: true,
  allowAppHash: true,
} as const

/** The next code that a server prints for a number or an address, by any way unless one is named. */
export type Printed = (what: 'login code' | 'email code', to: string, way?: string) => Promise<string>

/** Reads the codes that the server prints: of each number and address in order, and each once. */
export function readPrinted({ server }: World): Printed {
  const readUpTo = new Map<string, number>()
  return async (what, to, way = '\\S+') => {
    const words = what === 'login code' ? `${to.replace('+', '\\+')} ${way}` : to
    const after = readUpTo.get(to) ?? 0
    const found = await server.waitForOutput(new RegExp(`^${what} ${words} (\\d+)$`, 'm'), after)
    readUpTo.set(to, after + found.index + found[0].length)
    return must(found[1], 'the pattern has a group')
  }
}

/** How the client of somebody signs in with a number. */
export function signingIn(person: Person, phone: string): SigningIn {
  if (person instanceof MtcutePerson) return mtcute(person, phone)
  if (person instanceof GramjsPerson) return gramjs(person, phone)
  if (person instanceof TdlibPerson) return tdlib(person, phone)
  throw new Error(`${person.client} is no client`)
}

/** The word for a way, after the names of its constructor in TL and in TDLib. */
function wayOf(name: string): Way {
  const word = name.replace(/^.*codeType/i, '')
  const ways: Readonly<Record<string, Way>> = {
    App: 'app',
    TelegramMessage: 'app',
    Sms: 'sms',
    Call: 'call',
    FlashCall: 'flash call',
    MissedCall: 'missed call',
    EmailCode: 'email',
  }
  const way = ways[word]
  if (!way) throw new Error(`no way is called ${name}`)
  return way
}

function mtcute({ api }: MtcutePerson, phone: string): SigningIn {
  let phoneCodeHash = ''
  const seen = (raw: tl.auth.RawSentCode): WaySeen => {
    ;({ phoneCodeHash } = raw)
    return { type: wayOf(raw.type._), next: raw.nextType ? wayOf(raw.nextType._) : undefined }
  }
  const into = async (answer: tl.auth.TypeAuthorization): Promise<number> =>
    (await api.notifyLoggedIn(answer)).id
  return {
    async ask(tokens = []) {
      const sent = await api.sendCode({ phone, codeSettings: TAKES, futureAuthTokens: [...tokens] })
      return 'raw' in sent && sent.raw._ === 'auth.sentCode'
        ? seen(sent.raw)
        : { type: 'in already', next: undefined }
    },
    async askAgain() {
      return seen((await api.resendCode({ phone, phoneCodeHash })).raw)
    },
    async enter(phoneCode, firstName) {
      const fields = { phoneNumber: phone, phoneCodeHash }
      const answer = await api.call({ _: 'auth.signIn', ...fields, phoneCode })
      if (answer._ === 'auth.authorization') return await into(answer)
      return await into(await api.call({ _: 'auth.signUp', ...fields, firstName, lastName: '' }))
    },
    async enterEmail(code) {
      const emailVerification = { _: 'emailVerificationCode', code } as const
      return await into(
        await api.call({ _: 'auth.signIn', phoneNumber: phone, phoneCodeHash, emailVerification }),
      )
    },
    async setEmail(email, code) {
      const purpose = { _: 'emailVerifyPurposeLoginChange' } as const
      await api.call({ _: 'account.sendVerifyEmailCode', purpose, email })
      const verification = { _: 'emailVerificationCode', code: await code() } as const
      await api.call({ _: 'account.verifyEmail', purpose, verification })
    },
    logOut: async () => (await api.logOut()).futureAuthToken,
  }
}

function gramjs({ api }: GramjsPerson, phoneNumber: string): SigningIn {
  let phoneCodeHash = ''
  const seen = (sent: Api.auth.TypeSentCode): WaySeen => {
    if (sent instanceof Api.auth.SentCodeSuccess) return { type: 'in already', next: undefined }
    if (!(sent instanceof Api.auth.SentCode)) throw new Error('neither a code nor a success')
    ;({ phoneCodeHash } = sent)
    return {
      type: wayOf(sent.type.className),
      next: sent.nextType ? wayOf(sent.nextType.className) : undefined,
    }
  }
  const into = async (answer: Api.auth.TypeAuthorization, firstName: string): Promise<number> => {
    if (answer instanceof Api.auth.Authorization) return Number(answer.user.id)
    const form = { phoneNumber, phoneCodeHash, firstName, lastName: '' }
    return await into(await api.invoke(new Api.auth.SignUp(form)), firstName)
  }
  return {
    async ask(tokens = []) {
      await api.connect()
      const settings = new Api.CodeSettings({
        ...TAKES,
        logoutTokens: tokens.map((token) => Buffer.from(token)),
      })
      const { apiId, apiHash } = api
      return seen(await api.invoke(new Api.auth.SendCode({ phoneNumber, apiId, apiHash, settings })))
    },
    askAgain: async () => seen(await api.invoke(new Api.auth.ResendCode({ phoneNumber, phoneCodeHash }))),
    async enter(phoneCode, firstName) {
      return await into(
        await api.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode })),
        firstName,
      )
    },
    async enterEmail(code) {
      const emailVerification = new Api.EmailVerificationCode({ code })
      return await into(
        await api.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash, emailVerification })),
        '',
      )
    },
    async setEmail(email, code) {
      const purpose = new Api.EmailVerifyPurposeLoginChange()
      // It takes the answer, which has a length, for a list of users; by then it has come.
      await expect(api.invoke(new Api.account.SendVerifyEmailCode({ purpose, email }))).rejects.toThrow(
        TypeError,
      )
      const verification = new Api.EmailVerificationCode({ code: await code() })
      await api.invoke(new Api.account.VerifyEmail({ purpose, verification }))
    },
    logOut: async () => (await api.invoke(new Api.auth.LogOut())).futureAuthToken,
  }
}

/** Waits until TDLib has come to one of these states, and resolves with it. */
export async function stateOf<N extends AuthorizationState['_']>(
  api: Client,
  ...names: readonly N[]
): Promise<Extract<AuthorizationState, { _: N }>> {
  const reached = Promise.withResolvers<AuthorizationState>()
  const isOne = (state: AuthorizationState): boolean => names.some((name) => name === state._)
  api.on('update', (update) => {
    if (update._ === 'updateAuthorizationState' && isOne(update.authorization_state)) {
      reached.resolve(update.authorization_state)
    }
  })
  const now = await api.invoke({ _: 'getAuthorizationState' })
  const state = isOne(now) ? now : await within(reached.promise, STATE_MS, () => `TDLib stays at ${now._}`)
  return state as Extract<AuthorizationState, { _: N }> // It was found among the names.
}

function tdlib({ api }: TdlibPerson, phone: string): SigningIn {
  let token = ''
  api.on('update', (update) => {
    if (update._ !== 'updateOption' || update.name !== 'authentication_token') return
    if (update.value._ === 'optionValueString') token = update.value.value
  })
  const seen = async (): Promise<WaySeen> => {
    const names = [
      'authorizationStateWaitCode',
      'authorizationStateWaitEmailCode',
      'authorizationStateReady',
    ] as const
    const state = await stateOf(api, ...names)
    if (state._ === 'authorizationStateReady') return { type: 'in already', next: undefined }
    if (state._ === 'authorizationStateWaitEmailCode') return { type: 'email', next: undefined }
    const { type, next_type: next } = state.code_info
    const word = ({ _ }: AuthenticationCodeType): Way => wayOf(_)
    return { type: word(type), next: next ? word(next) : undefined }
  }
  const into = async (firstName: string): Promise<number> => {
    const state = await stateOf(api, 'authorizationStateReady', 'authorizationStateWaitRegistration')
    if (state._ === 'authorizationStateWaitRegistration') {
      await api.invoke({ _: 'registerUser', first_name: firstName, last_name: '' })
    }
    return (await api.invoke({ _: 'getMe' })).id
  }
  return {
    async ask(tokens = []) {
      await stateOf(api, 'authorizationStateWaitPhoneNumber')
      await api.invoke({
        _: 'setAuthenticationPhoneNumber',
        phone_number: phone,
        settings: {
          _: 'phoneNumberAuthenticationSettings',
          allow_flash_call: true,
          allow_missed_call: true,
          is_current_phone_number: true,
          allow_sms_retriever_api: true,
          authentication_tokens: tokens.map((each) => Buffer.from(each).toString('base64url')),
        },
      })
      return await seen()
    },
    async askAgain() {
      await api.invoke({ _: 'resendAuthenticationCode' })
      return await seen()
    },
    async enter(code, firstName) {
      await api.invoke({ _: 'checkAuthenticationCode', code })
      return await into(firstName)
    },
    async enterEmail(code) {
      await api.invoke({
        _: 'checkAuthenticationEmailCode',
        code: { _: 'emailAddressAuthenticationCode', code },
      })
      return await into('')
    },
    async setEmail(address, code) {
      await api.invoke({ _: 'setLoginEmailAddress', new_login_email_address: address })
      const entered = { _: 'emailAddressAuthenticationCode', code: await code() } as const
      await api.invoke({ _: 'checkLoginEmailAddressCode', code: entered })
    },
    async logOut() {
      await api.invoke({ _: 'logOut' })
      await stateOf(api, 'authorizationStateClosed').catch(() => undefined)
      return token === '' ? undefined : Buffer.from(token, 'base64url')
    },
  }
}
