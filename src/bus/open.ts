import type { Logger } from 'pino'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { Bus } from './bus.ts'
import { BusError } from './errors.ts'
import { createLocalBus } from './local.ts'
import { openNatsBus, type BusAddress, type BusCounts } from './nats.ts'

export interface BusUse {
  readonly address: BusAddress | undefined
  /** The name that the database has. Nodes of one server have the same, with the same master key. */
  readonly database: string
  readonly secrets: Secrets
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  /** Whether to go on alone when the bus cannot be used, and say so. */
  readonly mayBeAlone: boolean
}

export interface OpenedBus {
  readonly bus: Bus
  /** Undefined: no event leaves this node. */
  readonly counts: BusCounts | undefined
  close(): Promise<void>
}

/** Opens the bus of a node. Throws BusError. */
export async function openBus(use: BusUse): Promise<OpenedBus> {
  const { address, database, secrets, log, mayBeAlone } = use
  if (!address) return alone()
  // Servers that share a bus do not hear each other: they have other keys, or another database, or are named apart.
  const identity = secrets.derive(`bus of ${JSON.stringify([database, address.name])}`, 8)
  const prefix = `chappe.${Buffer.from(identity).toString('hex')}`
  try {
    const bus = await openNatsBus({ ...use, address, prefix, key: secrets.derive('bus', 32) })
    return { bus, counts: bus.counts, close: () => bus.close() }
  } catch (error) {
    if (!mayBeAlone || !(error instanceof BusError)) throw error
    log.warn(`${error.message}: servers hear late of what is changed here`)
    return alone()
  }
}

function alone(): OpenedBus {
  return { bus: createLocalBus(), counts: undefined, close: () => Promise.resolve() }
}
