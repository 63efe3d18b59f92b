import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import net from 'node:net'
import { isLoopback, networkOf } from '../lib/address.ts'
import type { Door } from '../mtproto/served-dcs.ts'
import { HEAD_TIMEOUT_MS, MAX_HEAD_BYTES, MAX_SILENT } from './limits.ts'

/** The first four bytes of the HTTP methods that are answered. Obfuscated MTProto never begins with one of them. */
const HTTP_HEADS = new Set(['GET ', 'POST', 'HEAD', 'OPTI', 'PUT ', 'DELE', 'PATC'])
const HTTP_FIRST_BYTES = new Set([...HTTP_HEADS].map((head) => head.charCodeAt(0)))

export interface ListenerHandlers {
  readonly http: HttpServer
  /** Takes over a socket that does not speak HTTP. `head` is what has been read of it. */
  readonly mtproto: (socket: net.Socket, head: Buffer, door: Door) => void
  /** Where HTTP finds by which door a socket came in. */
  readonly doors: WeakMap<object, Door>
  /** Connections of one address that may have said nothing yet. Unless given, this machine's own are not counted. */
  readonly maxSilent?: number
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** A listening address of the server. */
export interface Listener extends Address {
  /** Takes no more connections; those that are open go on. */
  stopAccepting(): void
  /** Takes no more connections and ends those that are open. */
  close(): Promise<void>
}

/**
 * Listens on one address, which leads to one datacenter or to all, and tells HTTP and MTProto apart by the first bytes
 * of each connection.
 */
export async function listen(
  address: Address & { readonly door?: Door },
  handlers: ListenerHandlers,
): Promise<Listener> {
  const sockets = new Set<net.Socket>()
  const silent = new Silent(handlers.maxSilent)
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const spoke = silent.add(socket)
    if (spoke) sortOut(socket, address.door, handlers, spoke)
    else socket.destroy()
  })
  server.listen({ host: address.host, port: address.port, backlog: 1024 })
  await once(server, 'listening')
  const closed = once(server, 'close')
  const bound = server.address() as net.AddressInfo // A TCP server has no other kind of address.
  return {
    host: address.host,
    port: bound.port,
    stopAccepting: () => void server.close(),
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Connections that have said nothing yet, by address: nothing else bounds those. */
class Silent {
  readonly #max: number
  readonly #countsLoopback: boolean
  readonly #counts = new Map<string, number>()

  constructor(max: number | undefined) {
    this.#max = max ?? MAX_SILENT
    this.#countsLoopback = max !== undefined
  }

  /** Returns what to call when the connection has spoken; undefined when there are too many of its address. */
  add(socket: net.Socket): (() => void) | undefined {
    const ip = socket.remoteAddress ?? ''
    if (isLoopback(ip) && !this.#countsLoopback) return () => {}
    const network = networkOf(ip)
    const count = this.#counts.get(network) ?? 0
    if (count >= this.#max) return undefined
    this.#counts.set(network, count + 1)
    const spoke = (): void => {
      socket.off('close', spoke)
      const left = (this.#counts.get(network) ?? 1) - 1
      if (left > 0) this.#counts.set(network, left)
      else this.#counts.delete(network)
    }
    socket.once('close', spoke)
    return spoke
  }
}

function sortOut(socket: net.Socket, door: Door, handlers: ListenerHandlers, spoke: () => void): void {
  let head: Buffer = Buffer.alloc(0)
  const onError = (): void => void socket.destroy()
  const onTimeout = (): void => void socket.destroy()
  const onData = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    if (head.length < 4 && HTTP_FIRST_BYTES.has(head[0]!)) return
    spoke()
    socket.off('data', onData)
    socket.off('error', onError)
    socket.off('timeout', onTimeout)
    socket.setTimeout(0)
    if (head.length >= 4 && HTTP_HEADS.has(head.toString('latin1', 0, 4))) {
      handlers.doors.set(socket, door)
      socket.pause()
      socket.unshift(head)
      handlers.http.emit('connection', socket)
      socket.resume()
    } else {
      handlers.mtproto(socket, head.subarray(0, Math.min(head.length, MAX_HEAD_BYTES)), door)
    }
  }
  socket.setTimeout(HEAD_TIMEOUT_MS)
  socket.on('data', onData)
  socket.on('error', onError)
  socket.on('timeout', onTimeout)
}
