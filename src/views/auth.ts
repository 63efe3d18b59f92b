import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

/** By which way a code goes. */
type Channel = 'app' | 'sms' | 'call'

/** A code that is on its way. https://core.telegram.org/constructor/auth.sentCode */
export function sentCodeView(
  sent: { readonly codeHash: string; readonly channel: Channel; readonly next: Channel | undefined },
  bounds: { readonly length: number; readonly timeoutSec: number },
): T.auth.sentCode {
  return tl['auth.sentCode']({
    type: codeTypeView(sent.channel, bounds.length),
    phoneCodeHash: sent.codeHash,
    nextType: sent.next === 'call' ? tl['auth.codeTypeCall']() : sent.next && tl['auth.codeTypeSms'](),
    timeout: sent.next && bounds.timeoutSec,
  })
}

function codeTypeView(channel: Channel, length: number): T.auth.SentCodeType {
  switch (channel) {
    case 'app':
      return tl['auth.sentCodeTypeApp']({ length })
    case 'sms':
      return tl['auth.sentCodeTypeSms']({ length })
    case 'call':
      return tl['auth.sentCodeTypeCall']({ length })
  }
}

/** A login of a user. */
export interface ShownSession {
  readonly hash: bigint
  readonly isCurrent: boolean
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
  readonly langPack: string
  readonly apiId: number
  readonly appName: string
  readonly ip: string
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
    officialApp: false,
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
    country: '',
    region: '',
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
