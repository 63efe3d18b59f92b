import type { ClientSpec } from './clients.ts'
import type { Facts } from './server-facts.ts'

/** What a process is told to do. */
export interface Errand {
  readonly spec: ClientSpec
  readonly facts: Facts
  /** Tells the accounts of this client from those of others. */
  readonly number: number
  /** TDLib's library, adapted. */
  readonly library: string | undefined
}

export interface Outcome {
  readonly passed: number
  readonly failures: readonly { readonly step: string; readonly why: string }[]
  readonly seconds: number
}
