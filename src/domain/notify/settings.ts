import type { Actor, Context } from '../../context.ts'
import type { PeerId, UserId } from '../../lib/ids.ts'
import { decodeObject } from '../../tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { peerView } from '../../views/peer.ts'
import { otherEntry } from '../accounts/tell.ts'
import {
  dropAllNotify,
  dropNotify,
  putNotify,
  readExceptions,
  readNotify,
  readPeerNotify,
  type NotifyTarget,
} from './store.ts'

/** Peers with settings of their own that are listed at once. */
const MAX_EXCEPTIONS = 1_000

/**
 * What a user has set for a target. A field that is absent is inherited by a peer from its kind of chat; a
 * kind of chat has every field. https://core.telegram.org/method/account.getNotifySettings
 */
export async function getNotifySettings(
  ctx: Context,
  userId: UserId,
  of: NotifyTarget,
): Promise<T.peerNotifySettings> {
  return shown(of, await readNotify(ctx.db, userId, of))
}

/** The settings of several peers, for lists of chats. Every peer asked for is in the answer. */
export async function loadPeerNotifySettings(
  ctx: Context,
  userId: UserId,
  peerIds: readonly PeerId[],
): Promise<Map<PeerId, T.peerNotifySettings>> {
  const stored = peerIds.length === 0 ? undefined : await readPeerNotify(ctx.db, userId, peerIds)
  return new Map(peerIds.map((peerId) => [peerId, shown({ target: 'peer', peerId }, stored?.get(peerId))]))
}

/** Sets what notifications are like and tells one's other sessions. */
export async function updateNotifySettings(
  ctx: Context,
  by: Actor,
  input: { readonly of: NotifyTarget; readonly settings: T.InputPeerNotifySettings },
): Promise<void> {
  const { of } = input
  const bytes = codecFor(NEWEST_LAYER).encode(input.settings, 'InputPeerNotifySettings')
  await ctx.db.transaction(async (tx) => {
    // Settings without any field say that nothing is special here.
    if (isEmpty(input.settings)) await dropNotify(tx, by.userId, of)
    else await putNotify(tx, by.userId, of, bytes)
    const notifySettings = shown(of, bytes)
    const update = tl.updateNotifySettings({ peer: notifyPeer(of), notifySettings })
    await ctx.updates.record(tx, [otherEntry(by.userId, update)], by)
  })
}

/** Forgets all that was set. https://core.telegram.org/method/account.resetNotifySettings */
export async function resetNotifySettings(ctx: Context, by: Actor): Promise<void> {
  const kinds: NotifyTarget[] = [{ target: 'users' }, { target: 'chats' }, { target: 'broadcasts' }]
  await ctx.db.transaction(async (tx) => {
    const peers = await readExceptions(tx, by.userId, MAX_EXCEPTIONS)
    await dropAllNotify(tx, by.userId)
    const all: NotifyTarget[] = [
      ...kinds,
      ...peers.map(({ peerId }): NotifyTarget => ({ target: 'peer', peerId })),
    ]
    const entries = all.map((of) =>
      otherEntry(
        by.userId,
        tl.updateNotifySettings({ peer: notifyPeer(of), notifySettings: shown(of, undefined) }),
      ),
    )
    await ctx.updates.record(tx, entries, by)
  })
}

/** The peers with settings of their own, each as the update that would tell of them. */
export async function notifyExceptions(
  ctx: Context,
  userId: UserId,
  only: NotifyTarget | undefined,
): Promise<T.updateNotifySettings[]> {
  const rows = await readExceptions(ctx.db, userId, MAX_EXCEPTIONS)
  return rows
    .filter(({ peerId }) => isUnder(peerId, only))
    .map(({ peerId, settings }) => {
      const of: NotifyTarget = { target: 'peer', peerId }
      return tl.updateNotifySettings({ peer: notifyPeer(of), notifySettings: shown(of, settings) })
    })
}

function isUnder(peerId: PeerId, only: NotifyTarget | undefined): boolean {
  if (!only) return true
  if (only.target === 'peer') return only.peerId === peerId
  return only.target === 'users' ? peerId > 0 : peerId < 0
}

function isEmpty(settings: T.InputPeerNotifySettings): boolean {
  return Object.entries(settings).every(([field, value]) => field === '_' || value === undefined)
}

function notifyPeer(of: NotifyTarget): T.NotifyPeer {
  switch (of.target) {
    case 'users':
      return tl.notifyUsers()
    case 'chats':
      return tl.notifyChats()
    case 'broadcasts':
      return tl.notifyBroadcasts()
    case 'peer':
      return tl.notifyPeer({ peer: peerView(of.peerId) })
  }
}

/** Settings as clients read them. A sound that was set sounds on every system. */
function shown(of: NotifyTarget, stored: Uint8Array | undefined): T.peerNotifySettings {
  const set = stored
    ? (decodeObject(stored) as T.inputPeerNotifySettings) // Only updateNotifySettings writes that column.
    : tl.inputPeerNotifySettings()
  const base = of.target === 'peer' ? NONE : wholeKind()
  const sound = set.sound ?? base.sound
  const storiesSound = set.storiesSound ?? base.sound
  return tl.peerNotifySettings({
    showPreviews: set.showPreviews ?? base.showPreviews,
    silent: set.silent ?? base.silent,
    muteUntil: set.muteUntil ?? base.muteUntil,
    iosSound: sound,
    androidSound: sound,
    otherSound: sound,
    storiesMuted: set.storiesMuted,
    storiesHideSender: set.storiesHideSender,
    storiesIosSound: storiesSound,
    storiesAndroidSound: storiesSound,
    storiesOtherSound: storiesSound,
  })
}

interface Base {
  readonly showPreviews?: boolean
  readonly silent?: boolean
  readonly muteUntil?: number
  readonly sound?: T.NotificationSound
}

const NONE: Base = {}

function wholeKind(): Base {
  return { showPreviews: true, silent: false, muteUntil: 0, sound: tl.notificationSoundDefault() }
}
