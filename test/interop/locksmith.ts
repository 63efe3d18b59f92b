/// <reference types="@prebuilt-tdlib/types" />
import { Api } from 'telegram'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'

/** A recovery address, and who reads the letters that come there. */
export interface Mailbox {
  readonly address: string
  readonly code: () => Promise<string>
}

/** Who signs in with a number and its code. */
export interface AtDoor {
  readonly phone: string
  readonly code: string
}

/** How two-step verification stands, as a client has it. */
export interface LockSeen {
  readonly hasPassword: boolean
  readonly hasRecovery: boolean
  readonly hint: string
}

/** Two-step verification by what a client offers for it. */
export interface Locksmith {
  see(): Promise<LockSeen>
  /** Sets a password, and the address to recover it by. */
  set(password: string, hint: string, mailbox?: Mailbox): Promise<void>
  change(password: string, to: string, hint: string): Promise<void>
  remove(password: string): Promise<void>
  /** Signs in, trying these passwords in turn. Resolves with the hint and what was said of each wrong one. */
  enter(door: AtDoor, passwords: readonly string[]): Promise<{ hint: string; refusals: string[] }>
  /**
   * Signs in with a code that comes by e-mail instead of the password. Resolves with what is shown of the
   * address.
   */
  recover(door: AtDoor, code: () => Promise<string>): Promise<string>
  /** Deletes the account with its password. */
  deleteAccount(password: string): Promise<void>
}

/** What the client of somebody offers. */
export function locksmith(person: Person): Locksmith {
  if (person instanceof MtcutePerson) return new MtcuteLocksmith(person)
  if (person instanceof GramjsPerson) return new GramjsLocksmith(person)
  if (person instanceof TdlibPerson) return new TdlibLocksmith(person)
  throw new Error(`${person.client} is unknown`)
}

class MtcuteLocksmith implements Locksmith {
  readonly #person: MtcutePerson

  constructor(person: MtcutePerson) {
    this.#person = person
  }

  async see(): Promise<LockSeen> {
    const state = await this.#person.api.call({ _: 'account.getPassword' })
    const { hasPassword = false, hasRecovery = false, hint = '' } = state
    return { hasPassword, hasRecovery, hint }
  }

  async set(password: string, hint: string, mailbox?: Mailbox): Promise<void> {
    const { api } = this.#person
    if (!mailbox) return await api.enableCloudPassword({ password, hint })
    const waiting = await messageOf(api.enableCloudPassword({ password, hint, email: mailbox.address }))
    if (!waiting.includes('EMAIL_UNCONFIRMED')) throw new Error(waiting)
    await api.verifyPasswordEmail(await mailbox.code())
  }

  async change(password: string, to: string, hint: string): Promise<void> {
    await this.#person.api.changeCloudPassword({ currentPassword: password, newPassword: to, hint })
  }

  async remove(password: string): Promise<void> {
    await this.#person.api.removeCloudPassword(password)
  }

  async enter(door: AtDoor, passwords: readonly string[]): Promise<{ hint: string; refusals: string[] }> {
    const { api } = this.#person
    await this.#knock(door)
    const hint = (await api.getPasswordHint()) ?? ''
    const refusals: string[] = []
    for (const password of passwords) {
      const checked = api.checkPassword(password)
      const isIn = await checked.then(
        () => true,
        () => false,
      )
      if (isIn) return { hint, refusals }
      refusals.push(await messageOf(checked))
    }
    throw new Error(refusals.join())
  }

  async recover(door: AtDoor, code: () => Promise<string>): Promise<string> {
    const { api } = this.#person
    await this.#knock(door)
    const { emailPattern } = await api.call({ _: 'auth.requestPasswordRecovery' })
    await api.recoverPassword({ recoveryCode: await code() })
    return emailPattern
  }

  async deleteAccount(password: string): Promise<void> {
    const { api } = this.#person
    const state = await api.call({ _: 'account.getPassword' })
    await api.call({
      _: 'account.deleteAccount',
      reason: 'enough',
      password: await api.computeSrpParams(state, password),
    })
  }

  async #knock({ phone, code }: AtDoor): Promise<void> {
    const { api } = this.#person
    const sent = await api.sendCode({ phone })
    if (!('phoneCodeHash' in sent)) throw new Error('logged in without a code')
    const { phoneCodeHash } = sent
    const error = await messageOf(api.signIn({ phone, phoneCodeHash, phoneCode: code }))
    if (!error.includes('SESSION_PASSWORD_NEEDED')) throw new Error(error)
  }
}

class GramjsLocksmith implements Locksmith {
  readonly #person: GramjsPerson

  constructor(person: GramjsPerson) {
    this.#person = person
  }

  async see(): Promise<LockSeen> {
    const state = await this.#person.api.invoke(new Api.account.GetPassword())
    const { hasPassword = false, hasRecovery = false, hint } = state
    return { hasPassword, hasRecovery, hint: hint ?? '' }
  }

  async set(password: string, hint: string, mailbox?: Mailbox): Promise<void> {
    await this.#person.api.updateTwoFaSettings({
      isCheckPassword: false,
      newPassword: password,
      hint,
      ...(mailbox && {
        email: mailbox.address,
        emailCodeCallback: mailbox.code,
        onEmailCodeError: (error) => {
          throw error
        },
      }),
    })
  }

  async change(password: string, to: string, hint: string): Promise<void> {
    const { api } = this.#person
    await api.updateTwoFaSettings({
      isCheckPassword: false,
      currentPassword: password,
      newPassword: to,
      hint,
    })
  }

  async remove(password: string): Promise<void> {
    await this.#person.api.updateTwoFaSettings({ isCheckPassword: false, currentPassword: password })
  }

  async enter(
    { phone, code }: AtDoor,
    passwords: readonly string[],
  ): Promise<{ hint: string; refusals: string[] }> {
    const refusals: string[] = []
    let seenHint = ''
    await this.#person.api.start({
      phoneNumber: () => Promise.resolve(phone),
      phoneCode: () => Promise.resolve(code),
      password: (hint = '') => {
        seenHint = hint
        return Promise.resolve(passwords[refusals.length]!)
      },
      onError: (error) => {
        refusals.push(String(error))
        return Promise.resolve(refusals.length >= passwords.length)
      },
    })
    return { hint: seenHint, refusals }
  }

  async recover({ phone, code }: AtDoor, letter: () => Promise<string>): Promise<string> {
    const { api } = this.#person
    await api.connect()
    const { phoneCodeHash } = await api.sendCode({ apiId: api.apiId, apiHash: api.apiHash }, phone)
    const signIn = new Api.auth.SignIn({ phoneNumber: phone, phoneCodeHash, phoneCode: code })
    const error = await messageOf(api.invoke(signIn))
    if (!error.includes('SESSION_PASSWORD_NEEDED')) throw new Error(error)
    const { emailPattern } = await api.invoke(new Api.auth.RequestPasswordRecovery())
    await api.invoke(new Api.auth.RecoverPassword({ code: await letter() }))
    return emailPattern
  }

  async deleteAccount(password: string): Promise<void> {
    const { api } = this.#person
    const { computeCheck } = await import('telegram/Password.js')
    const check = await computeCheck(await api.invoke(new Api.account.GetPassword()), password)
    await api.invoke(new Api.account.DeleteAccount({ reason: 'enough', password: check }))
  }
}

class TdlibLocksmith implements Locksmith {
  readonly #person: TdlibPerson

  constructor(person: TdlibPerson) {
    this.#person = person
  }

  async see(): Promise<LockSeen> {
    const state = await this.#person.api.invoke({ _: 'getPasswordState' })
    const { has_password: hasPassword, has_recovery_email_address: hasRecovery, password_hint: hint } = state
    return { hasPassword, hasRecovery, hint }
  }

  async set(password: string, hint: string, mailbox?: Mailbox): Promise<void> {
    const { api } = this.#person
    const state = await api.invoke({
      _: 'setPassword',
      new_password: password,
      new_hint: hint,
      set_recovery_email_address: mailbox !== undefined,
      new_recovery_email_address: mailbox?.address ?? '',
    })
    if (!mailbox) return
    const length = state.recovery_email_address_code_info?.length
    if (state.has_password || length !== 6) throw new Error(JSON.stringify(state))
    const after = await api.invoke({ _: 'checkRecoveryEmailAddressCode', code: await mailbox.code() })
    if (!after.has_password || !after.has_recovery_email_address) throw new Error(JSON.stringify(after))
    const { recovery_email_address: address } = await api.invoke({ _: 'getRecoveryEmailAddress', password })
    if (address !== mailbox.address) throw new Error(`the address is ${address}`)
  }

  async change(password: string, to: string, hint: string): Promise<void> {
    const { api } = this.#person
    await api.invoke({ _: 'setPassword', old_password: password, new_password: to, new_hint: hint })
  }

  async remove(password: string): Promise<void> {
    await this.#person.api.invoke({ _: 'setPassword', old_password: password, new_password: '' })
  }

  async enter(door: AtDoor, passwords: readonly string[]): Promise<{ hint: string; refusals: string[] }> {
    const refusals: string[] = []
    let hint = ''
    let tried = 0
    await this.#login(door, (shown, isRetry) => {
      hint = shown
      // The binding says of a refusal only that there was one.
      if (isRetry) refusals.push('PASSWORD_HASH_INVALID')
      return Promise.resolve(passwords[tried++]!)
    })
    return { hint, refusals }
  }

  async recover(door: AtDoor, code: () => Promise<string>): Promise<string> {
    const { api } = this.#person
    const shown = Promise.withResolvers<string>()
    api.on('update', (update) => {
      if (update._ !== 'updateAuthorizationState') return
      const state = update.authorization_state
      if (state._ === 'authorizationStateWaitPassword' && state.recovery_email_address_pattern !== '')
        shown.resolve(state.recovery_email_address_pattern)
    })
    let isAsked = false
    const isIn = this.#login(door, () => {
      const recover = async (): Promise<void> => {
        await api.invoke({ _: 'requestAuthenticationPasswordRecovery' })
        const letter = await code()
        await api.invoke({ _: 'checkAuthenticationPasswordRecoveryCode', recovery_code: letter })
        await api.invoke({
          _: 'recoverAuthenticationPassword',
          recovery_code: letter,
          new_password: '',
          new_hint: '',
        })
      }
      // The binding asks again when the letter is on its way.
      if (!isAsked) recover().catch(shown.reject)
      isAsked = true
      return new Promise<string>(() => {})
    })
    const pattern = await shown.promise
    await isIn
    return pattern
  }

  async deleteAccount(password: string): Promise<void> {
    await this.#person.api.invoke({ _: 'deleteAccount', reason: 'enough', password })
  }

  async #login(
    { phone, code }: AtDoor,
    getPassword: (hint: string, isRetry?: boolean) => Promise<string>,
  ): Promise<void> {
    const unexpected = (): Promise<never> => Promise.reject(new Error('TDLib asks for what it should not'))
    await this.#person.api.login({
      type: 'user',
      getPhoneNumber: () => Promise.resolve(phone),
      getAuthCode: () => Promise.resolve(code),
      getPassword,
      getName: unexpected,
      getEmailAddress: unexpected,
      getEmailCode: unexpected,
      confirmOnAnotherDevice: () => {},
    })
  }
}

/** The message with which this fails. */
async function messageOf(failing: Promise<unknown>): Promise<string> {
  try {
    await failing
  } catch (error) {
    return `${String(error)} ${JSON.stringify(error)}`
  }
  return 'it did not fail'
}
