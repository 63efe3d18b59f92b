import type { Login } from '../domain/auth/devices.ts'

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
