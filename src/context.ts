import type { Logger } from 'pino'
import type { Blobs } from './blobs/blobs.ts'
import type { Bus } from './bus/bus.ts'
import type { Memory } from './bus/memory.ts'
import type { Datacenter } from './config-datacenters.ts'
import type { Config } from './config.ts'
import type { Geo } from './domain/geo/geo.ts'
import type { SendQueue } from './domain/messages/send-queue.ts'
import type { Receipts } from './domain/secret/receipts.ts'
import type { Clock } from './lib/clock.ts'
import type { Gather } from './lib/gather.ts'
import type { UserId } from './lib/ids.ts'
import type { Random } from './lib/random.ts'
import type { Secrets } from './lib/secrets.ts'
import type { Slots } from './lib/slots.ts'
import type { Metrics } from './metrics.ts'
import type { BindRequest } from './mtproto/binding.ts'
import type { Mail, Senders } from './senders/sender.ts'
import type { Database } from './store/database.ts'
import type * as T from './tl/schema.d.ts'
import type { Updates } from './updates/updates.ts'

/** What every operation may use. Built in one place, `server.ts`; tests build one with a clock of their own. */
export interface Context {
  readonly config: Config
  readonly db: Database
  /** Makes one statement of those of many callers, where that is worth it. */
  readonly gather: Gather<Context>
  readonly bus: Bus
  /** The bytes of files. */
  readonly blobs: Blobs
  /** What is read again and again. */
  readonly memory: Memory<Context>
  readonly updates: Updates
  /** Messages on their way to the database. */
  readonly sends: SendQueue
  /** Which encrypted messages devices say that they have. */
  readonly receipts: Receipts
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: Metrics
  readonly secrets: Secrets
  /** Room for making photos, which is much work. */
  readonly images: Slots
  /** Tells where addresses are. */
  readonly geo: Geo
  /** Brings codes to phones. */
  readonly senders: Senders
  /** Sends a letter, by the senders. Throws SendFailure. */
  readonly sendMail: (mail: Mail) => Promise<void>
  readonly connections: Connections
}

/** Who acts: a user, through one session of one permanent authorization key. */
export interface Actor {
  readonly userId: UserId
  readonly keyId: bigint
  readonly sessionId: bigint
  /** The app that the session runs in; 0 while it has not said. */
  readonly apiId: number
  readonly isBot: boolean
}

/** What the rules may ask of the connections, without knowing MTProto. */
export interface Connections {
  /** Forgets who is logged in on this key and closes its sessions' view of it, after a log-out or a termination. */
  forgetLogin(keyId: bigint): void
  /** `forgetLogin`, and has the key's clients find out at once that they are logged out. */
  endLogin(keyId: bigint): void
  /** Tells the clients of a key, on which nobody need be logged in, of an update that stands in no log. */
  tellKey(keyId: bigint, update: T.Update): void
  /** Binds the temporary key of a call once it has proved to hold the permanent one. Throws as auth.bindTempAuthKey. */
  bindTempKey(
    call: { readonly usedKeyId: bigint; readonly sessionId: bigint; readonly msgId: bigint },
    request: BindRequest,
  ): Promise<void>
  /** Forgets the temporary keys that are bound to a permanent one, but for some. */
  dropTempKeys(permKeyId: bigint, except: readonly bigint[]): Promise<void>
  /** Where clients are told to connect to. */
  publicAddress(): { readonly host: string; readonly port: number }
  /** All datacenters and where clients find them, by number. */
  datacenters(): readonly Datacenter[]
}
