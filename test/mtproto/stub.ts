import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import net from 'node:net'
import type { Logger } from 'pino'
import { pino } from 'pino'
import { expect } from 'vitest'
import { WebSocketServer } from 'ws'
import { systemClock, type Clock, type Timer } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { TransportError } from '../../src/mtproto/errors.ts'
import type { Bound, KeyStore, StoredKey } from '../../src/mtproto/keys.ts'
import type { MtprotoLimits } from '../../src/mtproto/limits.ts'
import type { ServedDcs } from '../../src/mtproto/served-dcs.ts'
import { generateServerKey, loadServerKey, type ServerKey } from '../../src/mtproto/server-key.ts'
import { MtprotoServer, type MtprotoDeps } from '../../src/mtproto/server.ts'
import type { RpcCall, Session } from '../../src/mtproto/session.ts'
import { connectClient, type Client, type ClientOptions } from './client/client.ts'

/** One key for all tests of a file: making one takes long. */
export const testKey: ServerKey = loadServerKey(generateServerKey())

/** Keys in memory. */
export class MemoryKeys implements KeyStore {
  readonly keys = new Map<bigint, StoredKey>()
  loads = 0

  async load(keyId: bigint): Promise<StoredKey | undefined> {
    this.loads++
    return this.keys.get(keyId)
  }

  async create(key: StoredKey): Promise<boolean> {
    if (this.keys.has(key.keyId)) return false
    this.keys.set(key.keyId, key)
    return true
  }

  async remove(keyId: bigint): Promise<void> {
    this.keys.delete(keyId)
  }

  async bind(tempKeyId: bigint, permKeyId: bigint, expiresAtSec: number): Promise<Bound> {
    const key = this.keys.get(tempKeyId)
    if (!this.keys.has(permKeyId)) return 'no permanent key'
    if (!key || (key.permKeyId ?? permKeyId) !== permKeyId) return 'refused'
    this.keys.set(tempKeyId, { ...key, permKeyId, expiresAtSec })
    return 'bound'
  }

  async look(keyIds: readonly bigint[]): Promise<StoredKey[]> {
    return keyIds.flatMap((keyId) => this.keys.get(keyId) ?? [])
  }

  async removeBound(permKeyId: bigint, except: readonly bigint[]): Promise<bigint[]> {
    const bound = [...this.keys.values()].filter((key) => key.permKeyId === permKeyId)
    const removed = bound.map((key) => key.keyId).filter((keyId) => !except.includes(keyId))
    for (const keyId of removed) this.keys.delete(keyId)
    return removed
  }
}

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  #ms: number
  readonly #timers = new Map<object, { dueMs: number; periodMs: number | undefined; run: () => void }>()

  constructor(startMs = Date.UTC(2024, 0, 1)) {
    this.#ms = startMs
  }

  nowMs(): number {
    return this.#ms
  }

  nowSec(): number {
    return Math.floor(this.#ms / 1000)
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    return this.#add(run, delayMs, undefined)
  }

  setInterval(run: () => void, periodMs: number): Timer {
    return this.#add(run, periodMs, periodMs)
  }

  #add(run: () => void, delayMs: number, periodMs: number | undefined): Timer {
    const id = {}
    this.#timers.set(id, { dueMs: this.#ms + delayMs, periodMs, run })
    return { cancel: () => void this.#timers.delete(id) }
  }

  /** Whether something is due in so many milliseconds exactly. */
  isDueIn(ms: number): boolean {
    return [...this.#timers.values()].some((timer) => timer.dueMs === this.#ms + ms)
  }

  /** Moves on, and runs what is due on the way, in order. */
  advance(ms: number): void {
    const endMs = this.#ms + ms
    for (;;) {
      const next = [...this.#timers].filter(([, timer]) => timer.dueMs <= endMs).sort(byDue)[0]
      if (!next) break
      const [id, timer] = next
      this.#ms = timer.dueMs
      if (timer.periodMs === undefined) this.#timers.delete(id)
      else timer.dueMs += timer.periodMs
      timer.run()
    }
    this.#ms = endMs
  }
}

function byDue(a: [object, { dueMs: number }], b: [object, { dueMs: number }]): number {
  return a[1].dueMs - b[1].dueMs
}

export interface StubOptions {
  /** Answers requests; the request itself unless given. */
  readonly onRequest?: (call: RpcCall) => Promise<Uint8Array>
  readonly clock?: Clock
  readonly keys?: KeyStore
  readonly limits?: Partial<MtprotoLimits>
  readonly dcs?: ServedDcs
  readonly log?: Logger
  readonly port?: number
}

/** An MtprotoServer on a port of its own, with nothing above it. */
export interface Stub extends AsyncDisposable {
  readonly server: MtprotoServer
  readonly host: string
  readonly port: number
  readonly keys: KeyStore
  readonly sessions: Session[]
  readonly closedSessions: Session[]
  readonly calls: RpcCall[]
  /** How many bytes have come over all connections. */
  bytesRead(): number
  connect(options?: Partial<ClientOptions>): Promise<Client>
}

/** Starts one that answers each request with its own bytes. */
export async function startStub(options: StubOptions = {}): Promise<Stub> {
  const sessions: Session[] = []
  const closedSessions: Session[] = []
  const calls: RpcCall[] = []
  const clock = options.clock ?? systemClock
  const keys = options.keys ?? new MemoryKeys()
  const deps: MtprotoDeps = {
    log: options.log ?? pino({ level: 'silent' }),
    clock,
    random: systemRandom,
    rsa: testKey,
    keys,
    saltSecret: Buffer.alloc(32, 7),
    dcs: options.dcs,
    // Tests come from this machine, and are to meet the limits that they set.
    limits: { loopbackTimes: 1, ...options.limits },
    onRequest(call) {
      calls.push(call)
      return options.onRequest?.(call) ?? Promise.resolve(call.body)
    },
    onSession: (session) => void sessions.push(session),
    onSessionClosed: (session) => void closedSessions.push(session),
  }
  const server = new MtprotoServer(deps)
  const { listener, close, bytesRead } = listenOn(server)
  listener.listen(options.port ?? 0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as net.AddressInfo
  return {
    server,
    host: '127.0.0.1',
    port,
    keys,
    sessions,
    closedSessions,
    calls,
    bytesRead,
    connect: (more = {}) =>
      connectClient({
        host: '127.0.0.1',
        port,
        publicKey: testKey.publicPem,
        nowMs: () => clock.nowMs(),
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      await server.close()
      await close()
    },
  }
}

/** Resolves when the server has seen that the connection of its first session is gone. */
export async function disconnected(stub: Stub): Promise<void> {
  await expect.poll(() => stub.sessions[0]!.isConnected).toBe(false)
}

/** HTTP and the rest on one port, as the real listener tells them apart. */
function listenOn(server: MtprotoServer): {
  listener: net.Server
  close: () => Promise<void>
  bytesRead: () => number
} {
  const http = createServer((request, response) => void answerHttp(server, request, response))
  const webSockets = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      server.acceptWebSocket(webSocket, '127.0.0.1'),
    )
  })
  const sockets = new Set<net.Socket>()
  let bytesOfClosed = 0
  const listener = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      bytesOfClosed += socket.bytesRead
    })
    socket.on('error', () => {})
    socket.once('data', (head: Buffer) => {
      if (!/^(GET|POST|OPTIONS)/.test(head.toString('latin1', 0, 8))) {
        server.accept(socket, head)
        return
      }
      socket.pause()
      socket.unshift(head)
      http.emit('connection', socket)
      socket.resume()
    })
  })
  const close = async (): Promise<void> => {
    const closed = once(listener, 'close')
    listener.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const bytesRead = (): number => [...sockets].reduce((sum, socket) => sum + socket.bytesRead, bytesOfClosed)
  return { listener, close, bytesRead }
}

async function answerHttp(
  server: MtprotoServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableEnded) gone.abort()
  })
  try {
    const answer = await server.handleHttp(Buffer.concat(chunks), '127.0.0.1', gone.signal)
    response.setHeader('Content-Length', answer.length)
    response.end(answer)
  } catch (error) {
    response.statusCode = error instanceof TransportError ? error.code : 500
    response.end()
  }
}
