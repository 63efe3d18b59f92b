import type { UserId } from '../lib/ids.ts'

/** Who is logged in on a permanent key, and what its client said of itself. */
export interface Login {
  readonly userId: UserId | undefined
  readonly isBot: boolean
  readonly layer: number
  readonly apiId: number
  readonly langCode: string
}

const MAX_CACHED = 100_000

/** The logins of keys in use, read once and kept until somebody logs in or out on the key. */
export class Logins {
  readonly #read: (keyId: bigint) => Promise<Login | undefined>
  readonly #cached = new Map<bigint, Promise<Login | undefined>>()

  constructor(read: (keyId: bigint) => Promise<Login | undefined>) {
    this.#read = read
  }

  of(keyId: bigint): Promise<Login | undefined> {
    const known = this.#cached.get(keyId)
    if (known) return known
    if (this.#cached.size >= MAX_CACHED) this.#cached.clear()
    const reading = this.#read(keyId).catch((error: unknown) => {
      this.#cached.delete(keyId)
      throw error
    })
    this.#cached.set(keyId, reading)
    return reading
  }

  forget(keyId: bigint): void {
    this.#cached.delete(keyId)
  }
}
