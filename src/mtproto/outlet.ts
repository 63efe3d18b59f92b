import type { MtprotoSession } from './session.ts'

/** Where a session's packets go: a connection, or one HTTP exchange. */
export interface Outlet {
  /** Rises with every outlet of the server: the highest is the newest. */
  readonly ordinal: number
  readonly ip: string
  /** It ends with the first packet, as an HTTP exchange does. */
  readonly takesOne: boolean
  /** It is there to wait for messages, not for an answer. */
  readonly isPolling: boolean
  /** The session uses this outlet from now on, and must be told when it is gone. */
  carry(session: MtprotoSession): void
  /** Whether a packet may be sent now. A session that hears no is asked again when that changes. */
  mayWrite(): boolean
  /** Sends one encrypted packet. */
  send(packet: Buffer): void
  /** The session can take requests again after it had too many. */
  readOn(): void
  /** Ends it, after what was sent is on its way. */
  close(): void
  /** Ends it in so many seconds, unless it is told another time before. */
  closeIn(delaySec: number): void
  /** Says how long an HTTP exchange may wait for messages. */
  waitFor(wait: HttpWait): void
}

/** The wish of an http_wait, in milliseconds. https://core.telegram.org/mtproto/service_messages#http-wait-long-poll */
export interface HttpWait {
  readonly maxDelayMs: number
  readonly waitAfterMs: number
  readonly maxWaitMs: number
}
