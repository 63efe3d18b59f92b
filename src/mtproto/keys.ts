import type { Clock } from '../lib/clock.ts'
import { Lately } from '../lib/lately.ts'
import type { MtprotoLimits } from './limits.ts'

/** An authorization key as it is kept. */
export interface StoredKey {
  /** The lower 64 bits of the secret's SHA-1, as a signed integer. */
  readonly keyId: bigint
  /** 256 bytes. */
  readonly secret: Uint8Array
  /** The datacenter that the key belongs to, with the offset of test servers; 0 when it may be any. */
  readonly dc: number
  /** When a temporary key ends; undefined for a permanent one. */
  readonly expiresAtSec?: number | undefined
  /** What a temporary key is bound to. */
  readonly permKeyId?: bigint | undefined
}

/** Added to the datacenter's number by clients of test servers. */
export const TEST_DC_OFFSET = 10_000

/** Where authorization keys are kept. */
export interface KeyStore {
  load(keyId: bigint): Promise<StoredKey | undefined>
  /** Resolves with true when the key is durable, with false when there is one of this id. */
  create(key: StoredKey): Promise<boolean>
  /** Forgets the key, and with a permanent one what it was logged in to. */
  remove(keyId: bigint): Promise<void>
  /** Notes that a temporary key stands for a permanent one, until it expires. */
  bind(tempKeyId: bigint, permKeyId: bigint, expiresAtSec: number): Promise<Bound>
  /** Forgets the temporary keys that are bound to a permanent one, but for some, and returns them. */
  removeBound(permKeyId: bigint, except: readonly bigint[]): Promise<readonly bigint[]>
  /** What of these keys may change, for those that there are. */
  look(keyIds: readonly bigint[]): Promise<readonly Omit<StoredKey, 'secret' | 'dc'>[]>
}

/**
 * How it went to bind a temporary key: the permanent one is not there any more; or the temporary key is not, or stands for
 * another one.
 */
export type Bound = 'bound' | 'no permanent key' | 'refused'

/** What has become of a key, for every node that has it in memory. */
export type KeyChange = { readonly keyId: bigint } & (
  | { readonly kind: 'key gone' }
  /** A temporary key stands for a permanent one from now on. */
  | { readonly kind: 'key bound'; readonly permKeyId: bigint; readonly expiresAtSec: number }
)

/** Keys that are looked up at once. */
const LOOKED_AT_KEYS = 500
/** For longer than the database takes to answer: whatever was asked before a key went has been answered by then. */
const GONE_MS = 120_000

/** An authorization key in memory. */
export class AuthKey {
  readonly id: bigint
  readonly secret: Buffer
  /** The datacenter that the key belongs to; 0 when it may be any. */
  readonly dc: number
  /** Whether its client believes to talk to a test server. */
  readonly isTest: boolean
  expiresAtSec: number | undefined
  permKeyId: bigint | undefined
  /** What the key exchange agreed on, good until the client is told another. */
  firstSalt: { readonly salt: bigint; readonly untilSec: number } | undefined
  /** The salts around the present hour, computed once an hour. */
  salts: { readonly hour: number; readonly values: readonly [bigint, bigint, bigint] } | undefined
  /** Sessions that use this key now. */
  sessionCount = 0

  constructor(stored: StoredKey) {
    this.id = stored.keyId
    // Not `Buffer.from`, whose small buffers hold on to the larger piece of memory that they are cut from.
    this.secret = Buffer.alloc(stored.secret.length)
    this.secret.set(stored.secret)
    this.dc = stored.dc % TEST_DC_OFFSET
    this.isTest = stored.dc >= TEST_DC_OFFSET
    this.expiresAtSec = stored.expiresAtSec
    this.permKeyId = stored.permKeyId
  }

  get isTemporary(): boolean {
    return this.expiresAtSec !== undefined
  }

  /** The permanent key behind this one; undefined while a temporary key is unbound. */
  get permanentId(): bigint | undefined {
    return this.isTemporary ? this.permKeyId : this.id
  }

  hasExpired(nowSec: number): boolean {
    return this.expiresAtSec !== undefined && this.expiresAtSec <= nowSec
  }
}

/** The keys in memory, in front of the store. */
export class KeyCache {
  readonly #store: KeyStore
  readonly #clock: Clock
  readonly #limits: MtprotoLimits
  /** In order of last use. */
  readonly #keys = new Map<bigint, AuthKey>()
  readonly #loading = new Map<bigint, Promise<AuthKey | undefined>>()
  /** Of those being read, the ones that have changed since. */
  readonly #outdated = new Set<bigint>()
  /** Keys that were removed; what is still being read of them, or said of them, comes too late. */
  readonly #gone: Lately<bigint>

  constructor(store: KeyStore, clock: Clock, limits: MtprotoLimits) {
    this.#store = store
    this.#clock = clock
    this.#limits = limits
    this.#gone = new Lately(clock, GONE_MS)
  }

  /** The key, if it is in memory and has not expired. */
  peek(keyId: bigint): AuthKey | undefined {
    const key = this.#keys.get(keyId)
    return key?.hasExpired(this.#clock.nowSec()) ? undefined : key
  }

  /** The key, from memory or from the store; undefined when there is none. */
  async get(keyId: bigint): Promise<AuthKey | undefined> {
    const known = this.#keys.get(keyId)
    if (known) return known.hasExpired(this.#clock.nowSec()) ? undefined : known
    const earlier = this.#loading.get(keyId)
    // A look that began before this one may have been in vain because the key was made, on whatever node, in between.
    return (earlier && (await earlier)) ?? (await this.#read(keyId))
  }

  #read(keyId: bigint): Promise<AuthKey | undefined> {
    let loading = this.#loading.get(keyId)
    if (!loading) {
      loading = this.#load(keyId).finally(() => {
        this.#loading.delete(keyId)
        this.#outdated.delete(keyId)
      })
      this.#loading.set(keyId, loading)
    }
    return loading
  }

  async #load(keyId: bigint): Promise<AuthKey | undefined> {
    let stored = await this.#store.load(keyId)
    while (this.#outdated.delete(keyId)) stored = await this.#store.load(keyId)
    if (!stored || this.isGone(keyId)) return undefined
    if (stored.permKeyId !== undefined && this.isGone(stored.permKeyId)) return undefined
    const key = new AuthKey(stored)
    return key.hasExpired(this.#clock.nowSec()) ? undefined : (this.#keys.get(keyId) ?? this.#add(key))
  }

  /** Keeps a new key. Resolves with true when it is durable, with false when there is one of this id. */
  async create(key: AuthKey): Promise<boolean> {
    const { id, secret, expiresAtSec } = key
    const dc = key.dc + (key.isTest ? TEST_DC_OFFSET : 0)
    const isNew = await this.#store.create({ keyId: id, secret, dc, expiresAtSec })
    if (isNew) this.#add(key)
    return isNew
  }

  /** Binds a temporary key. When it is bound, that is durable. */
  async bind(keyId: bigint, permKeyId: bigint, expiresAtSec: number): Promise<Bound> {
    return await this.#store.bind(keyId, permKeyId, expiresAtSec)
  }

  /** A temporary key was bound, on whatever node. Returns it if it is in memory. */
  noteBound(keyId: bigint, permKeyId: bigint, expiresAtSec: number): AuthKey | undefined {
    const key = this.#keys.get(keyId)
    if (key) {
      key.permKeyId = permKeyId
      key.expiresAtSec = expiresAtSec
    } else if (this.#loading.has(keyId)) this.#outdated.add(keyId)
    return key
  }

  /** Whether a key was removed so lately that there may be some who do not know yet. */
  isGone(keyId: bigint): boolean {
    return this.#gone.has(keyId)
  }

  async remove(keyId: bigint): Promise<void> {
    await this.#store.remove(keyId)
    this.#keys.delete(keyId)
  }

  /** Forgets the temporary keys that are bound to a permanent one, but for some, and returns them. */
  async removeBound(permKeyId: bigint, except: readonly bigint[]): Promise<readonly bigint[]> {
    return await this.#store.removeBound(permKeyId, except)
  }

  /** A key was removed, on whatever node: drops it, and temporary keys that are bound to it, from memory. */
  forget(keyId: bigint): void {
    this.#gone.note(keyId)
    this.#keys.delete(keyId)
    for (const key of this.#keys.values()) if (key.permKeyId === keyId) this.#keys.delete(key.id)
  }

  /** What has become of the keys in memory, by the store, where other nodes may have told of it in vain. */
  async *lookUp(): AsyncGenerator<KeyChange> {
    for (const keyId of this.#loading.keys()) this.#outdated.add(keyId)
    const known = [...this.#keys.values()]
    for (let from = 0; from < known.length; from += LOOKED_AT_KEYS) {
      const keys = known.slice(from, from + LOOKED_AT_KEYS)
      const stored = await this.#store.look(keys.map(({ id }) => id))
      const found = new Map(stored.map((each) => [each.keyId, each]))
      for (const { id, permKeyId } of keys) {
        const each = found.get(id)
        if (!each) yield { kind: 'key gone', keyId: id }
        else if (permKeyId === undefined && each.permKeyId !== undefined && each.expiresAtSec !== undefined)
          yield { kind: 'key bound', keyId: id, permKeyId: each.permKeyId, expiresAtSec: each.expiresAtSec }
      }
    }
  }

  #add(key: AuthKey): AuthKey {
    this.#keys.set(key.id, key)
    return key
  }

  /** Drops keys that no session uses, oldest first, down to the limit. */
  trim(): void {
    let excess = this.#keys.size - this.#limits.cachedKeys
    if (excess <= 0) return
    for (const key of this.#keys.values()) {
      if (key.sessionCount > 0) continue
      this.#keys.delete(key.id)
      if (--excess <= 0) return
    }
  }
}
