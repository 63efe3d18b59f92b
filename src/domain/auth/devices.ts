import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { readAccount } from '../accounts/store.ts'
import { readTitles } from '../apps/store.ts'
import {
  dropLogin,
  dropOtherLogins,
  findDevice,
  putDevice,
  readDevices,
  type Device,
  type DeviceText,
} from './device-store.ts'
import { DEVICE_TEXT, MAX_SESSIONS } from './limits.ts'

/** Who is logged in on a key, and what its client said of itself. */
export interface Login {
  readonly userId: UserId | undefined
  readonly isBot: boolean
  readonly layer: number
  readonly apiId: number
  readonly langCode: string
}

/** The login of a key; undefined for a key whose client never said anything. */
export async function readLogin(ctx: Context, keyId: bigint): Promise<Login | undefined> {
  const device = await findDevice(ctx.db, keyId)
  if (!device) return undefined
  const account = device.userId === null ? undefined : await readAccount(ctx.db, device.userId)
  const userId = account && !account.isDeleted ? account.id : undefined
  const { layer, apiId, langCode } = device
  return { userId, isBot: account?.isBot ?? false, layer, apiId, langCode }
}

/** What a client says of itself when it connects. */
export interface DeviceReport {
  readonly keyId: bigint
  readonly layer: number
  readonly ip: string
  readonly init: Omit<T.Methods['initConnection']['req'], 'query'>
}

/** Writes down what a client said of itself, shortened to what is shown of it. */
export async function saveDevice(ctx: Context, report: DeviceReport): Promise<void> {
  const { init, ip, layer } = report
  const device: DeviceText = {
    apiId: init.apiId,
    layer: Math.min(Math.max(layer, 0), MAX_LAYER),
    deviceModel: shorten(init.deviceModel),
    systemVersion: shorten(init.systemVersion),
    appVersion: shorten(init.appVersion),
    systemLangCode: shorten(init.systemLangCode),
    langPack: shorten(init.langPack),
    langCode: shorten(init.langCode),
    ip,
  }
  await ctx.db.single((tx) => putDevice(tx, report.keyId, device, ctx.clock.nowSec()))
}

/** What a small integer column holds. */
const MAX_LAYER = 32_767

function shorten(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, DEVICE_TEXT)
}

/** A login of a user, and the name of the app behind it. */
export interface SessionInfo extends Device {
  readonly appName: string
  readonly isCurrent: boolean
}

/** Where a user is logged in, the current session first. */
export async function listSessions(ctx: Context, by: Actor): Promise<SessionInfo[]> {
  const devices = await readDevices(ctx.db, by.userId, MAX_SESSIONS)
  const titles = await readTitles(
    ctx.db,
    devices.map((device) => device.apiId),
  )
  const current = await currentHash(ctx, by)
  return devices
    .map((device) => ({
      ...device,
      appName: titles.get(device.apiId) ?? '',
      isCurrent: device.hash === current,
    }))
    .sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent))
}

/** Logs out of the actor's session, in whatever datacenters it was carried to. */
export async function logOut(ctx: Context, by: Actor): Promise<void> {
  const hash = await currentHash(ctx, by)
  const keys = await ctx.db.single((tx) => dropLogin(tx, by.userId, hash))
  for (const keyId of keys) ctx.connections.forgetLogin(keyId)
}

/** Ends another session. Hash 0 is one's own. Throws HASH_INVALID. */
export async function endSession(ctx: Context, by: Actor, hash: bigint): Promise<void> {
  const ended = hash === 0n ? await currentHash(ctx, by) : hash
  const keys = await ctx.db.single((tx) => dropLogin(tx, by.userId, ended))
  if (keys.length === 0) throw rpcError('HASH_INVALID')
  for (const keyId of keys) ctx.connections.forgetLogin(keyId)
}

/** Ends all sessions but one's own. */
export async function endOtherSessions(ctx: Context, by: Actor): Promise<void> {
  const hash = await currentHash(ctx, by)
  const keys = await ctx.db.single((tx) => dropOtherLogins(tx, by.userId, hash))
  for (const keyId of keys) ctx.connections.forgetLogin(keyId)
}

async function currentHash(ctx: Context, by: Actor): Promise<bigint> {
  return must(await findDevice(ctx.db, by.keyId), 'the actor is logged in on its key').hash
}
