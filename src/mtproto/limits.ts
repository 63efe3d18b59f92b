/**
 * Every bound of the MTProto room. A server may be given others, for a test or for another kind of host.
 */
export interface MtprotoLimits {
  /** The longest packet a client may send: a file part of 512 KiB, in a container, with room to spare. */
  readonly frameBytes: number
  /** What an HTTP or WebSocket client may send at once. */
  readonly pendingBytes: number
  /** Above this, nothing more is written to a connection and nothing more is read from it. */
  readonly writeHighBytes: number
  /** Connections of one address at a time; more are answered -429. IPv6 counts by networks of 64 bits. */
  readonly connectionsPerIp: number
  /** Bytes of unfinished packets, of all connections of an address together. */
  readonly pendingBytesPerIp: number
  /** Key exchanges of one address a second, and at once. */
  readonly handshakesPerIp: number
  readonly handshakeBurst: number
  /** Keys that there are none of, named by one address a second, and at once. */
  readonly unknownKeysPerIp: number
  readonly unknownKeyBurst: number
  /** So many times as much is allowed to this machine itself. */
  readonly loopbackTimes: number
  /** How long a new connection may take until its first whole packet. */
  readonly firstFrameSec: number
  /** How long the rest of a begun packet may take. */
  readonly partialFrameSec: number
  /** A connection on which nothing was received for so long is closed. */
  readonly idleSec: number
  /** The longest wish of `ping_delay_disconnect` that is granted. */
  readonly disconnectDelaySec: number

  /** Key exchanges under way, on the whole server. */
  readonly handshakes: number
  /** Key exchanges begun on one connection. */
  readonly handshakesPerConnection: number
  /** How long a key exchange is remembered. */
  readonly handshakeSec: number
  /** How often one exchange may be asked to choose another g_b. */
  readonly handshakeRetries: number
  /** The longest life of a temporary key. */
  readonly tempKeySec: number
  /** Authorization keys kept in memory; those with sessions are never dropped. */
  readonly cachedKeys: number

  /** How far the clock of a message may be behind ours, and ahead. */
  readonly messageAgeSec: number
  readonly messageAheadSec: number
  /** Messages made longer than this before the server started are refused: they may have been answered before. */
  readonly restartSlackSec: number
  /** Received message ids that a session remembers. */
  readonly receivedIds: number
  readonly containerMessages: number
  /** Ids in one msgs_ack, msgs_state_req or msg_resend_req. */
  readonly idsPerMessage: number
  /** What the gzipped messages of one packet may grow to, together. */
  readonly inflatedBytes: number
  /** Requests of one session that run at once; reading pauses above it. */
  readonly runningRequests: number
  /** How long a request waits for an earlier one that has not arrived. */
  readonly waitForUnknownSec: number
  /** How long a request waits for an earlier one that runs. */
  readonly waitForRunningSec: number

  readonly sessionsPerKey: number
  /** Closed sessions whose received ids are still remembered. */
  readonly closedSessions: number
  /** How long a session without a connection is kept. */
  readonly detachedSec: number
  /** Pushes that wait for a connection, or for a slow one. */
  readonly queuedPushes: number
  readonly queuedPushBytes: number
  /** Messages kept until the client says that it has them. */
  readonly unackedMessages: number
  readonly unackedBytes: number
  /** The same of all sessions together. Above it, a session keeps no more than its share. */
  readonly allUnackedBytes: number
  readonly unackedShareBytes: number
  /** Unacknowledged messages of this age are sent again on the same connection. */
  readonly resendAfterSec: number
  /** A larger one is announced instead; the client asks for it if it still wants it. */
  readonly resendBytes: number

  /** A request that takes longer is acknowledged before it is answered. */
  readonly ackDelayMs: number
  readonly packetMessages: number
  readonly packetBytes: number
  /** Answers of this size are compressed if that helps. */
  readonly gzipFromBytes: number
  readonly futureSalts: number
  readonly httpWaitMs: number
  /** How long a stop waits for requests that run. */
  readonly drainMs: number
  /** Over HTTP a message is sent again when it has waited so long for its acknowledgement. */
  readonly httpResendSec: number
}

export const defaultLimits: MtprotoLimits = {
  frameBytes: 1_200_000,
  pendingBytes: 2_500_000,
  writeHighBytes: 1_000_000,
  connectionsPerIp: 10_000,
  pendingBytesPerIp: 64_000_000,
  handshakesPerIp: 50,
  handshakeBurst: 1_000,
  unknownKeysPerIp: 20,
  unknownKeyBurst: 500,
  loopbackTimes: 1_000,
  firstFrameSec: 60,
  partialFrameSec: 120,
  idleSec: 900,
  disconnectDelaySec: 3600,

  handshakes: 20_000,
  handshakesPerConnection: 8,
  handshakeSec: 600,
  handshakeRetries: 5,
  tempKeySec: 7 * 86400,
  cachedKeys: 10_000,

  messageAgeSec: 300,
  messageAheadSec: 30,
  restartSlackSec: 5,
  receivedIds: 1024,
  containerMessages: 1024,
  idsPerMessage: 8192,
  inflatedBytes: 4_000_000,
  runningRequests: 500,
  waitForUnknownSec: 5,
  waitForRunningSec: 60,

  sessionsPerKey: 100,
  closedSessions: 10_000,
  detachedSec: 900,
  queuedPushes: 1000,
  queuedPushBytes: 1_000_000,
  unackedMessages: 1000,
  unackedBytes: 4_000_000,
  allUnackedBytes: 256_000_000,
  unackedShareBytes: 65_536,
  resendAfterSec: 180,
  resendBytes: 16_384,

  ackDelayMs: 200,
  packetMessages: 100,
  packetBytes: 32_768,
  gzipFromBytes: 1024,
  futureSalts: 64,
  httpWaitMs: 25_000,
  drainMs: 5_000,
  httpResendSec: 10,
}
