import type { AuthKey } from './keys.ts'
import type { ReceivedIds } from './received.ts'
import { MtprotoSession } from './session.ts'
import type { Shared } from './shared.ts'

/** What outlives a session: the ids that it received, so that an old packet cannot be played again. */
interface Remains {
  readonly keyId: bigint
  readonly received: ReceivedIds
  /** Those whose answers the client may not have. */
  readonly unanswered: Set<bigint> | undefined
  readonly untilSec: number
}

/** The sessions of a server, by the key in use and by the permanent key. */
export class Sessions {
  readonly #getShared: () => Shared
  readonly #byKey = new Map<bigint, Map<bigint, MtprotoSession>>()
  readonly #byPermanentKey = new Map<bigint, Set<MtprotoSession>>()
  readonly #remains = new Map<bigint, Remains>()
  #size = 0

  /** The table is itself a part of what it is given, so it asks for the rest later. */
  constructor(getShared: () => Shared) {
    this.#getShared = getShared
  }

  get #shared(): Shared {
    return this.#getShared()
  }

  get size(): number {
    return this.#size
  }

  all(): MtprotoSession[] {
    return [...this.#byKey.values()].flatMap((sessions) => [...sessions.values()])
  }

  find(keyId: bigint, sessionId: bigint): MtprotoSession | undefined {
    return this.#byKey.get(keyId)?.get(sessionId)
  }

  /** Begins a session; the one of this key that was not heard for longest makes room when there are too many. */
  create(key: AuthKey, sessionId: bigint): MtprotoSession {
    const { limits, deps } = this.#shared
    let sessions = this.#byKey.get(key.id)
    if (!sessions) this.#byKey.set(key.id, (sessions = new Map()))
    if (sessions.size >= limits.sessionsPerKey) this.close(leastRecent(sessions.values()))
    const remains = this.#remains.get(sessionId)
    const own = remains?.keyId === key.id ? remains : undefined
    const session = new MtprotoSession(this.#shared, key, sessionId, own)
    // Closing the last session of a key forgets the key's table.
    if (!this.#byKey.has(key.id)) this.#byKey.set(key.id, sessions)
    sessions.set(sessionId, session)
    key.sessionCount++
    this.#size++
    this.#index(session)
    deps.onSession?.(session)
    return session
  }

  #index(session: MtprotoSession): void {
    const permKeyId = session.permKeyId
    if (permKeyId === undefined) return
    const sessions = this.#byPermanentKey.get(permKeyId)
    if (sessions) sessions.add(session)
    else this.#byPermanentKey.set(permKeyId, new Set([session]))
  }

  /** A temporary key was bound: its sessions belong to the permanent key from now on. */
  reindex(key: AuthKey): void {
    for (const session of this.#byKey.get(key.id)?.values() ?? []) this.#index(session)
  }

  /** Sessions that use this key. */
  ofKey(keyId: bigint): MtprotoSession[] {
    return [...(this.#byKey.get(keyId)?.values() ?? [])]
  }

  /** Sessions that use this permanent key or a temporary key bound to it. */
  ofPermanentKey(permKeyId: bigint): MtprotoSession[] {
    return [...(this.#byPermanentKey.get(permKeyId) ?? [])]
  }

  /** Ends a session and forgets it, but for the ids that it received. */
  close(session: MtprotoSession): void {
    if (session.isClosed) return
    const sessions = this.#byKey.get(session.keyId)
    sessions?.delete(session.id)
    if (sessions?.size === 0) this.#byKey.delete(session.keyId)
    const permKeyId = session.permKeyId
    if (permKeyId !== undefined) {
      const ofPermanent = this.#byPermanentKey.get(permKeyId)
      ofPermanent?.delete(session)
      if (ofPermanent?.size === 0) this.#byPermanentKey.delete(permKeyId)
    }
    session.key.sessionCount--
    this.#size--
    if (session.received.size > 0) this.#bury(session)
    session.close()
    this.#shared.deps.onSessionClosed?.(session)
  }

  #bury(session: MtprotoSession): void {
    const { limits, clock } = this.#shared
    const untilSec = clock.nowSec() + limits.messageAgeSec + limits.messageAheadSec
    const { keyId, received } = session
    this.#remains.set(session.id, { keyId, received, unanswered: session.requests.unanswered(), untilSec })
    if (this.#remains.size <= limits.closedSessions) return
    for (const oldest of this.#remains.keys()) {
      this.#remains.delete(oldest)
      return
    }
  }

  /** Ends sessions that have been without a connection for too long, and looks after the others. */
  sweep(nowSec: number, oldestId: bigint): void {
    const { limits } = this.#shared
    for (const sessions of this.#byKey.values()) {
      for (const session of sessions.values()) {
        if (!session.isConnected && nowSec - session.lastSeenSec > limits.detachedSec) this.close(session)
        else {
          session.received.prune(oldestId)
          session.resendStale(nowSec)
        }
      }
    }
    for (const [sessionId, remains] of this.#remains) {
      if (remains.untilSec <= nowSec) this.#remains.delete(sessionId)
    }
  }
}

/** A session without a connection goes first. */
function leastRecent(sessions: Iterable<MtprotoSession>): MtprotoSession {
  let oldest: MtprotoSession | undefined
  for (const session of sessions) {
    if (!oldest || rank(session) < rank(oldest)) oldest = session
  }
  return oldest!
}

function rank(session: MtprotoSession): number {
  return session.lastSeenSec + (session.isConnected ? Number.MAX_SAFE_INTEGER / 2 : 0)
}
