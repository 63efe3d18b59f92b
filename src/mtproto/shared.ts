import type { Logger } from 'pino'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Addresses } from './addresses.ts'
import type { KeyCache, KeyChange, KeyStore } from './keys.ts'
import type { MtprotoLimits } from './limits.ts'
import type { MessageIds } from './message-ids.ts'
import type { KeptBytes } from './outbox.ts'
import type { Padding } from './padding.ts'
import type { Replies } from './replies.ts'
import type { Salts } from './salts.ts'
import type { ServedDcs } from './served-dcs.ts'
import type { ServerKey } from './server-key.ts'
import type { MtprotoSession, RpcCall, Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** What a server needs from the rooms above. */
export interface MtprotoDeps {
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly rsa: ServerKey
  readonly keys: KeyStore
  /** What salts are derived from: at least 16 secret bytes, the same after a restart. */
  readonly saltSecret: Uint8Array
  /** Datacenters that keys belong to; undefined: to none, and a client may say that it talks to any. */
  readonly dcs?: ServedDcs | undefined
  /** Limits other than the default ones. */
  readonly limits?: Partial<MtprotoLimits> | undefined
  /** From the bytes of a request to the bytes of its result or rpc_error. Never rejects. */
  onRequest(call: RpcCall): Promise<Uint8Array>
  onSession?(session: Session): void
  onSessionClosed?(session: Session): void
  /** Has `takeKeyChange` called on every other node. */
  onKeyChange?(change: KeyChange): void
}

/** What the parts of one server have in common. */
export interface Shared {
  readonly deps: MtprotoDeps
  readonly limits: MtprotoLimits
  readonly addresses: Addresses
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly keys: KeyCache
  readonly sessions: Sessions
  readonly salts: Salts
  readonly ids: MessageIds
  readonly padding: Padding
  readonly replies: Replies
  readonly kept: KeptBytes
  /** No message made before this is accepted: what was answered before a restart is not known any more. */
  readonly startedAtId: bigint
  /** From a request to its answer, by the layer above. */
  answer(call: RpcCall): Promise<Uint8Array>
  /** Sends what a session has queued, once everything at hand has been dealt with. */
  flushSoon(session: MtprotoSession): void
  /** Sends a session's acknowledgements if no answer does so before. */
  ackSoon(session: MtprotoSession): void
  /** Forgets a key that was removed, on every node: closes its sessions and their connections. */
  dropKey(keyId: bigint): void
}
