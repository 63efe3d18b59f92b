import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

/** By which way a code can come that failed to come by another. */
type NextChannel = 'sms' | 'call' | 'flash_call' | 'missed_call'

/** A code that is on its way, as whoever asked for it may see it. */
export interface ShownCode {
  readonly codeHash: string
  readonly channel: NextChannel | 'app' | 'email' | 'email_setup'
  readonly next: NextChannel | undefined
  readonly callerPrefix?: string | undefined
  readonly email?:
    | {
        readonly pattern: string
        readonly length: number
        readonly resetAfterSec: number | undefined
        readonly resetAt: number | undefined
      }
    | undefined
}

/** A code that is on its way. https://core.telegram.org/constructor/auth.sentCode */
export function sentCodeView(
  sent: ShownCode,
  bounds: { readonly length: number; readonly timeoutSec: number },
): T.auth.sentCode {
  return tl['auth.sentCode']({
    type: codeTypeView(sent, bounds.length),
    phoneCodeHash: sent.codeHash,
    nextType: sent.next && nextTypeView(sent.next),
    timeout: sent.next && bounds.timeoutSec,
  })
}

function codeTypeView(sent: ShownCode, length: number): T.auth.SentCodeType {
  const { callerPrefix = '', email } = sent
  switch (sent.channel) {
    case 'app':
      return tl['auth.sentCodeTypeApp']({ length })
    case 'sms':
      return tl['auth.sentCodeTypeSms']({ length })
    case 'call':
      return tl['auth.sentCodeTypeCall']({ length })
    case 'flash_call':
      return tl['auth.sentCodeTypeFlashCall']({ pattern: `${callerPrefix}*` })
    case 'missed_call':
      return tl['auth.sentCodeTypeMissedCall']({ prefix: callerPrefix, length })
    case 'email_setup':
      return tl['auth.sentCodeTypeSetUpEmailRequired']()
    case 'email':
      return tl['auth.sentCodeTypeEmailCode']({
        emailPattern: email?.pattern ?? '',
        length: email?.length ?? length,
        resetAvailablePeriod: email?.resetAfterSec,
        resetPendingDate: email?.resetAt,
      })
  }
}

function nextTypeView(channel: NextChannel): T.auth.CodeType {
  switch (channel) {
    case 'sms':
      return tl['auth.codeTypeSms']()
    case 'call':
      return tl['auth.codeTypeCall']()
    case 'flash_call':
      return tl['auth.codeTypeFlashCall']()
    case 'missed_call':
      return tl['auth.codeTypeMissedCall']()
  }
}

/** A login of a user. */
export interface ShownSession {
  readonly hash: bigint
  readonly isCurrent: boolean
  readonly isOfficialApp: boolean
  readonly isUnconfirmed: boolean
  /** It waits for the password. */
  readonly isWaiting: boolean
  readonly callsDisabled: boolean
  readonly encryptedDisabled: boolean
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
  readonly langPack: string
  readonly apiId: number
  readonly appName: string
  readonly ip: string
  readonly country: string
  readonly region: string
  readonly createdAt: number
  readonly activeAt: number
}

/**
 * A login in the list of sessions; the current one is named by 0.
 * https://core.telegram.org/constructor/authorization
 */
export function authorizationView(session: ShownSession): T.authorization {
  return tl.authorization({
    current: session.isCurrent,
    officialApp: session.isOfficialApp,
    passwordPending: session.isWaiting,
    encryptedRequestsDisabled: session.encryptedDisabled,
    callRequestsDisabled: session.callsDisabled,
    unconfirmed: session.isUnconfirmed,
    hash: session.isCurrent ? 0n : session.hash,
    deviceModel: session.deviceModel,
    platform: platformOf(session),
    systemVersion: session.systemVersion,
    apiId: session.apiId,
    appName: session.appName,
    appVersion: session.appVersion,
    dateCreated: session.createdAt,
    dateActive: session.activeAt,
    ip: session.ip,
    country: session.country,
    region: session.region,
  })
}

/** Which clients of each kind name themselves by the language pack that they use. */
const PLATFORM_OF_PACK: Readonly<Record<string, string>> = {
  android: 'Android',
  ios: 'iOS',
  macos: 'macOS',
  tdesktop: 'Desktop',
  weba: 'Web',
  webk: 'Web',
}

function platformOf(session: ShownSession): string {
  return PLATFORM_OF_PACK[session.langPack] ?? ''
}
