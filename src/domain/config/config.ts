import type { Datacenter } from '../../config-datacenters.ts'
import type { Context } from '../../context.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { ONLINE_SEC } from '../accounts/limits.ts'
import { areSeveral, datacenterIds, dcOf } from '../datacenters/datacenters.ts'
import { CAPTION_LENGTH, EDIT_TIME_SEC, MESSAGE_LENGTH } from '../messages/limits.ts'
import { CHAT_SIZE, CONFIG_LIFETIME_SEC, FORWARDED_COUNT, MEGAGROUP_SIZE } from './limits.ts'

/** Clients read it as "for ever": there is no limit to deleting. */
const FOR_EVER = 0x7fffffff

/**
 * The configuration of a client. It names the datacenter that the client believes it talks to as the current
 * one, for a client that is told of another asks again at once and for ever.
 * https://core.telegram.org/constructor/config
 */
export function serverConfig(
  ctx: Context,
  place: { readonly dc: number; readonly isTest: boolean },
): T.config {
  const nowSec = ctx.clock.nowSec()
  const thisDc = dcOf(ctx, place.dc)
  return tl.config({
    date: nowSec,
    expires: nowSec + CONFIG_LIFETIME_SEC,
    testMode: place.isTest,
    thisDc,
    // Twice: static addresses are for clients behind a proxy, and some clients look at these alone.
    dcOptions: addressesOf(ctx, thisDc).flatMap(({ id, host: ipAddress, port }) =>
      [false, true].map((isStatic) =>
        tl.dcOption({ id, ipAddress, port, ipv6: ipAddress.includes(':'), static: isStatic }),
      ),
    ),
    revokePmInbox: true,
    dcTxtDomainName: '',
    chatSizeMax: CHAT_SIZE,
    megagroupSizeMax: MEGAGROUP_SIZE,
    forwardedCountMax: FORWARDED_COUNT,
    onlineUpdatePeriodMs: 210_000,
    offlineBlurTimeoutMs: 5_000,
    offlineIdleTimeoutMs: 30_000,
    onlineCloudTimeoutMs: ONLINE_SEC * 1000,
    notifyCloudDelayMs: 30_000,
    notifyDefaultDelayMs: 1_500,
    pushChatPeriodMs: 60_000,
    pushChatLimit: 2,
    editTimeLimit: EDIT_TIME_SEC,
    revokeTimeLimit: FOR_EVER,
    revokePmTimeLimit: FOR_EVER,
    ratingEDecay: 2_419_200,
    stickersRecentLimit: 200,
    channelsReadMediaPeriod: 604_800,
    callReceiveTimeoutMs: 20_000,
    callRingTimeoutMs: 90_000,
    callConnectTimeoutMs: 30_000,
    callPacketTimeoutMs: 10_000,
    meUrlPrefix: 'https://t.me/',
    captionLengthMax: CAPTION_LENGTH,
    messageLengthMax: MESSAGE_LENGTH,
    webfileDcId: thisDc,
  })
}

/** A server that is alone is at the address of every datacenter, also of the one that the client believes in. */
function addressesOf(ctx: Context, thisDc: number): readonly Datacenter[] {
  if (areSeveral(ctx.config)) return ctx.connections.datacenters()
  const { host, port } = ctx.connections.publicAddress()
  const ids = [...new Set([...datacenterIds(ctx), thisDc])].sort((a, b) => a - b)
  return ids.map((id) => ({ id, host, port }))
}
