import { createCipheriv, createDecipheriv, randomBytes, type Cipheriv, type Decipheriv } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { WebSocket } from 'ws'
import { makeFraming, type FramingName, type Received, type TransportName } from './framing.ts'

export interface WireEvents {
  onReceived(received: Received): void
  onClose(): void
}

/** A connection of the test client: payloads out, payloads in. */
export interface Wire {
  send(payload: Uint8Array, wantsQuickAck?: boolean): void
  /** Bytes as they are, for what no honest client sends. */
  sendRaw(bytes: Uint8Array): void
  pause(): void
  resume(): void
  close(): void
}

export interface WireAddress {
  readonly host: string
  readonly port: number
  /** What the header of an obfuscated connection says. */
  readonly headerDc?: number | undefined
}

/** Connects with the named transport. */
export async function connectWire(
  transport: TransportName,
  address: WireAddress,
  events: WireEvents,
): Promise<Wire> {
  if (transport === 'http') return httpWire(address, events)
  const isWebSocket = transport.startsWith('websocket-')
  const isObfuscated = transport.startsWith('obfuscated-') || (isWebSocket && !transport.includes('plain'))
  const stream = new ClientStream(transport.split('-').at(-1) as FramingName, isObfuscated, address, events)
  return isWebSocket ? await webSocketWire(address, stream, events) : await tcpWire(address, stream, events)
}

/** Framing and obfuscation of one connection. */
class ClientStream {
  readonly head: Buffer
  readonly #framing: ReturnType<typeof makeFraming>
  readonly #events: WireEvents
  #outgoing: Cipheriv | undefined
  #incoming: Decipheriv | undefined
  #buffered: Buffer = Buffer.alloc(0)

  constructor(name: FramingName, isObfuscated: boolean, address: WireAddress, events: WireEvents) {
    this.#framing = makeFraming(name)
    this.#events = events
    this.head = isObfuscated ? this.#obfuscate(address.headerDc) : this.#framing.tag
  }

  #obfuscate(dc: number | undefined): Buffer {
    const init = randomBytes(64)
    while (init[0] === 0xef || init.readUInt32LE(4) === 0) init.set(randomBytes(64))
    // 'P', 'G', 'H' and the tags of plain transports must not come first.
    init[0] = 0x11
    if (this.#framing.obfuscatedTag !== undefined) init.writeUInt32LE(this.#framing.obfuscatedTag, 56)
    if (dc !== undefined) init.writeInt16LE(dc, 60)
    const reversed = Buffer.from(init.toReversed())
    this.#outgoing = createCipheriv('aes-256-ctr', init.subarray(8, 40), init.subarray(40, 56))
    this.#incoming = createDecipheriv('aes-256-ctr', reversed.subarray(8, 40), reversed.subarray(40, 56))
    const encrypted = this.#outgoing.update(init)
    return Buffer.concat([init.subarray(0, 56), encrypted.subarray(56)])
  }

  encode(payload: Uint8Array, wantsQuickAck: boolean): Buffer {
    return this.encrypt(this.#framing.encode(payload, wantsQuickAck))
  }

  encrypt(bytes: Uint8Array): Buffer {
    return this.#outgoing?.update(bytes) ?? Buffer.from(bytes)
  }

  receive(chunk: Buffer): void {
    const plain = this.#incoming?.update(chunk) ?? chunk
    this.#buffered = this.#buffered.length === 0 ? plain : Buffer.concat([this.#buffered, plain])
    for (;;) {
      const next = this.#framing.decode(this.#buffered)
      if (!next) return
      this.#buffered = this.#buffered.subarray(next.bytes)
      this.#events.onReceived(next.received)
    }
  }
}

async function tcpWire(address: WireAddress, stream: ClientStream, events: WireEvents): Promise<Wire> {
  const socket = net.connect({ host: address.host, port: address.port, noDelay: true })
  await once(socket, 'connect')
  socket.on('data', (chunk: Buffer) => stream.receive(chunk))
  socket.on('error', () => {})
  socket.on('close', () => events.onClose())
  if (stream.head.length > 0) socket.write(stream.head)
  return {
    send: (payload, wantsQuickAck = false) => void socket.write(stream.encode(payload, wantsQuickAck)),
    sendRaw: (bytes) => void socket.write(stream.encrypt(bytes)),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.destroy(),
  }
}

async function webSocketWire(address: WireAddress, stream: ClientStream, events: WireEvents): Promise<Wire> {
  const socket = new WebSocket(`ws://${address.host}:${address.port}/apiws`, 'binary')
  await once(socket, 'open')
  socket.on('message', (data: Buffer) => stream.receive(data))
  socket.on('error', () => {})
  socket.on('close', () => events.onClose())
  socket.send(stream.head)
  return {
    send: (payload, wantsQuickAck = false) => socket.send(stream.encode(payload, wantsQuickAck)),
    sendRaw: (bytes) => socket.send(stream.encrypt(bytes)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.terminate(),
  }
}

/** Every payload is a request of its own. A status that is not 200 is handed on as the transport error it stands for. */
function httpWire(address: WireAddress, events: WireEvents): Wire {
  const abort = new AbortController()
  const post = async (body: Uint8Array): Promise<void> => {
    const response = await fetch(`http://${address.host}:${address.port}/api`, {
      method: 'POST',
      body: new Uint8Array(body),
      signal: abort.signal,
    })
    const payload = Buffer.from(await response.arrayBuffer())
    if (response.status === 200) {
      if (payload.length > 0) events.onReceived({ payload })
      return
    }
    const error = Buffer.alloc(4)
    error.writeInt32LE(-response.status)
    events.onReceived({ payload: error })
  }
  const send = (body: Uint8Array): void => {
    post(body).catch(() => {})
  }
  return {
    send,
    sendRaw: send,
    pause: () => {},
    resume: () => {},
    close: () => {
      abort.abort()
      events.onClose()
    },
  }
}
