import type { Actor } from '../context.ts'
import type { UserId } from '../lib/ids.ts'
import type { Subscription } from '../updates/updates.ts'

/**
 * What the dispatcher remembers of an MTProto session, in its `data` slot. The layer and the application come from the
 * wrappers around a session's first call and hold for the calls after it.
 */
export interface SessionState {
  /** 0 while the client has stated none. */
  layer: number
  apiId: number
  langCode: string
  /** When it was last written down that the client is there. */
  visitedAtSec: number
  /** The pushes to this session; undefined while it gets none. */
  subscription: Subscription | undefined
  /** Whose updates it gets. */
  subscribedTo: UserId | undefined
  /** It called for what sessions that clients keep for files do not. */
  isMain: boolean
  /** When it was last sent news, as pushes or as answers, by the machine's own time. */
  newsAtMs: number
  /** Its calls that run now. */
  running: RunningCall[]
  /** Resolved once the client is told that it has logged out; undefined while it has not asked for that. */
  leaving: Promise<void> | undefined
  /** The session has ended, while calls of it may still run: it gets no pushes any more. */
  isClosed: boolean
}

/** A call of a session, from when its handler begins until its answer is on its way. */
export interface RunningCall {
  readonly actor: Actor | undefined
  /** What waits for its answer. */
  readonly waiters: (() => void)[]
  /** Its handler is done, and it waits itself. */
  isSettling: boolean
}

export function newSessionState(): SessionState {
  return {
    layer: 0,
    apiId: 0,
    langCode: '',
    visitedAtSec: 0,
    subscription: undefined,
    subscribedTo: undefined,
    isMain: false,
    newsAtMs: Number.NEGATIVE_INFINITY,
    running: [],
    leaving: undefined,
    isClosed: false,
  }
}
