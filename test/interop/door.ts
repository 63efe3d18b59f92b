/// <reference types="@prebuilt-tdlib/types" />
import { Api } from 'telegram'
import { GramjsPerson } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'

/** Somebody's login as a client lists it. */
export interface SessionSeen {
  readonly id: string
  readonly isCurrent: boolean
  readonly isUnconfirmed: boolean
  readonly isWaiting: boolean
  readonly appName: string
}

/** What the client of somebody shows to be scanned, and asks meanwhile. Resolves with who is in then. */
export interface AtDoor {
  readonly onLink: (link: string) => void
  readonly password?: string
}

/** Signs in by a code that another session scans, as the client has it. */
export async function showCode(person: Person, { onLink, password = '' }: AtDoor): Promise<number> {
  if (person instanceof MtcutePerson) {
    return (await person.api.signInQr({ onUrlUpdated: onLink, password })).id
  }
  if (person instanceof GramjsPerson) {
    const { api } = person
    await api.connect()
    const user = await api.signInUserWithQrCode(
      { apiId: api.apiId, apiHash: api.apiHash },
      {
        qrCode: ({ token }) => Promise.resolve(onLink(`tg://login?token=${token.toString('base64url')}`)),
        password: () => Promise.resolve(password),
        onError: (error) => Promise.reject(error),
      },
    )
    return Number(user.id)
  }
  const { api } = tdlibOf(person)
  await api.login({
    type: 'user',
    async getPhoneNumber() {
      await api.invoke({ _: 'requestQrCodeAuthentication' })
      return await new Promise<string>(() => {})
    },
    confirmOnAnotherDevice: onLink,
    getPassword: () => Promise.resolve(password),
  })
  return (await api.invoke({ _: 'getMe' })).id
}

/** Scans what another client shows. Resolves with the name of the app that was let in. */
export async function scan(person: Person, link: string): Promise<string> {
  const token = Buffer.from(new URL(link).searchParams.get('token') ?? '', 'base64url')
  if (person instanceof MtcutePerson) {
    return (await person.api.call({ _: 'auth.acceptLoginToken', token })).appName
  }
  if (person instanceof GramjsPerson) {
    return (await person.api.invoke(new Api.auth.AcceptLoginToken({ token }))).appName
  }
  const { api } = tdlibOf(person)
  return (await api.invoke({ _: 'confirmQrCodeAuthentication', link })).application_name
}

/** Sets two-step verification up. */
export async function setPassword(person: Person, password: string): Promise<void> {
  if (person instanceof MtcutePerson) await person.api.enableCloudPassword({ password, hint: 'known to you' })
  else if (person instanceof GramjsPerson) {
    await person.api.updateTwoFaSettings({ newPassword: password, isCheckPassword: false })
  } else {
    const { api } = tdlibOf(person)
    await api.invoke({ _: 'setPassword', new_password: password })
  }
}

/** Where somebody is logged in. */
export async function sessionsOf(person: Person): Promise<SessionSeen[]> {
  if (person instanceof MtcutePerson) {
    const { authorizations } = await person.api.call({ _: 'account.getAuthorizations' })
    return authorizations.map((each) => ({
      id: each.hash.toString(),
      isCurrent: each.current ?? false,
      isUnconfirmed: each.unconfirmed ?? false,
      isWaiting: each.passwordPending ?? false,
      appName: each.appName,
    }))
  }
  if (person instanceof GramjsPerson) {
    const { authorizations } = await person.api.invoke(new Api.account.GetAuthorizations())
    return authorizations.map((each) => ({
      id: each.hash.toString(),
      isCurrent: each.current ?? false,
      isUnconfirmed: each.unconfirmed ?? false,
      isWaiting: each.passwordPending ?? false,
      appName: each.appName,
    }))
  }
  const { sessions } = await tdlibOf(person).api.invoke({ _: 'getActiveSessions' })
  return sessions.map((each) => ({
    id: each.id,
    isCurrent: each.is_current,
    isUnconfirmed: each.is_unconfirmed,
    isWaiting: each.is_password_pending,
    appName: each.application_name,
  }))
}

/** The person, who must use TDLib. */
export function tdlibOf(person: Person): TdlibPerson {
  if (!(person instanceof TdlibPerson)) throw new Error(`${person.client} is not TDLib`)
  return person
}
