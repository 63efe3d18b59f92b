import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type * as T from '../../tl/schema.d.ts'
import { readUsers } from '../accounts/user-store.ts'
import { findDevice, putDevice } from './device-store.ts'

/** Who is logged in on a permanent key, and what its client said of itself. */
export interface Login {
  readonly userId: UserId | undefined
  readonly isBot: boolean
  readonly layer: number
  readonly apiId: number
  readonly langCode: string
}

/** What a client says of itself when it connects. */
export interface DeviceReport {
  readonly keyId: bigint
  readonly layer: number
  readonly ip: string
  readonly init: T.Methods['initConnection']['req']
}

/** Longest text that is kept of what a client says of itself. */
const TEXT_LENGTH = 128

/** What is known of a permanent key; undefined when its client has said nothing yet. */
export async function readLogin(ctx: Context, keyId: bigint): Promise<Login | undefined> {
  const device = await findDevice(ctx.db, keyId)
  if (!device) return undefined
  const [user] = device.userId ? await readUsers(ctx.db, device.userId, [device.userId]) : []
  return {
    userId: device.userId ?? undefined,
    isBot: user?.isBot ?? false,
    layer: device.layer,
    apiId: device.apiId,
    langCode: device.langCode,
  }
}

/** Writes down what initConnection said. https://core.telegram.org/method/initConnection */
export async function saveDevice(ctx: Context, report: DeviceReport): Promise<void> {
  const { init } = report
  const text = (value: string): string => value.slice(0, TEXT_LENGTH)
  await ctx.db.single((tx) =>
    putDevice(
      tx,
      report.keyId,
      {
        apiId: init.apiId,
        layer: report.layer,
        deviceModel: text(init.deviceModel),
        systemVersion: text(init.systemVersion),
        appVersion: text(init.appVersion),
        systemLangCode: text(init.systemLangCode),
        langPack: text(init.langPack),
        langCode: text(init.langCode),
        ip: report.ip,
      },
      ctx.clock.nowSec(),
    ),
  )
}
