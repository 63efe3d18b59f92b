import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { modulusOf } from './server-facts.ts'
import type { Facts } from './server-facts.ts'
import { fromSnakeCase, toSnakeCase } from './tl-value.ts'
import type { TlClient, TlValue } from './tl-value.ts'

/** Up to here keys are found by a function of the package and sessions are stored by an object that one gives. */
const OLD_STYLE_LAYER = 113

interface Client {
  call(method: string, params: unknown): Promise<unknown>
  dcList: readonly { id: number; ip: string; port: number }[]
  readonly updates: EventEmitter
  readonly rpcs: ReadonlyMap<number, Rpc> | Readonly<Record<string, Rpc>>
  readonly crypto: { rsa: { getRsaKeyByFingerprints: FindKey } }
}

interface Rpc {
  readonly transport: { socket: { destroy(): void; removeAllListeners(): void } }
}

type FindKey = (fingerprints: readonly unknown[]) => Promise<object>

/** @mtproto/core, which knows TL and nothing above it. */
export class MtprotoCore implements TlClient {
  readonly name: string
  readonly layer: number
  readonly catchesUp = false
  readonly complaints: string[] = []
  readonly #facts: Facts
  readonly #stored = new Map<string, string>()
  readonly #make: (options: object) => Client
  #client: Client
  onUpdate: (update: TlValue) => void = () => {}

  constructor(alias: string, layer: number, facts: Facts) {
    this.name = alias
    this.layer = layer
    this.#facts = facts
    const own = createRequire(createRequire(import.meta.url).resolve(`${alias}/package.json`))
    if (layer <= OLD_STYLE_LAYER) {
      const rsa = own('./src/utils/rsa/index.cjs') as { getRsaKeyByFingerprints: FindKey }
      rsa.getRsaKeyByFingerprints = this.#findKey
      const { MTProto } = own('./src/index.cjs') as { MTProto: new (options: object) => Client }
      this.#make = (options) => new MTProto(options)
    } else {
      const MTProto = own('./envs/node') as new (options: object) => Client
      this.#make = (options) => new MTProto(options)
    }
    this.#client = this.#create()
  }

  #findKey = (fingerprints: readonly unknown[]): Promise<object> =>
    Promise.resolve({
      fingerprint: fingerprints[0],
      modulus: modulusOf(this.#facts).toString(16),
      exponent: '010001',
    })

  #create(): Client {
    const { apiId, apiHash, dc, host, port, directory } = this.#facts
    const client = this.#make({
      api_id: apiId,
      api_hash: apiHash,
      storageOptions: { path: join(directory, `${this.name}.json`) },
      customLocalStorage: {
        setItem: (key: string, value: string) => Promise.resolve(this.#stored.set(key, value)),
        getItem: (key: string) => Promise.resolve(this.#stored.get(key)),
      },
    })
    client.dcList = [{ id: dc, ip: host, port }]
    if (this.layer > OLD_STYLE_LAYER) client.crypto.rsa.getRsaKeyByFingerprints = this.#findKey
    for (const kind of PUSHED)
      client.updates.on(kind, (update) => this.onUpdate(fromSnakeCase(update) as TlValue))
    return client
  }

  async connect(): Promise<void> {
    await this.call('help.getConfig', {})
  }

  async call(
    method: string,
    params: Readonly<Record<string, unknown>>,
  ): Promise<{ value: TlValue; raw: unknown }> {
    const raw = await this.#client.call(method, toSnakeCase(params)).catch((error: unknown) => {
      throw error instanceof Error ? error : new Error(`${method}: ${JSON.stringify(error)}`)
    })
    return { value: fromSnakeCase(raw) as TlValue, raw }
  }

  /** There is no way to end it but its socket. */
  quit(): Promise<void> {
    const { rpcs } = this.#client
    for (const { transport } of rpcs instanceof Map ? rpcs.values() : Object.values(rpcs)) {
      transport.socket.removeAllListeners()
      transport.socket.destroy()
    }
    return Promise.resolve()
  }

  async comeBack(): Promise<void> {
    this.#client = this.#create()
    await this.call('updates.getState', {})
  }
}

/** Each kind is an event by its own name. */
const PUSHED = [
  'updates',
  'updatesCombined',
  'updateShort',
  'updateShortMessage',
  'updateShortSentMessage',
  'updatesTooLong',
]
