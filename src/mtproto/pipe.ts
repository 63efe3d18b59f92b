import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** A stream of bytes to and from a client, whatever carries it. */
export interface Pipe {
  readonly ip: string
  /** Bytes written and not yet taken by the network. */
  readonly queuedBytes: number
  write(bytes: Buffer): void
  /** Stops and continues the flow of what is received. */
  pause(): void
  resume(): void
  /** Closes after what was written is on its way. */
  end(): void
  destroy(): void
}

export interface PipeEvents {
  onData(chunk: Buffer): void
  /** What was written has been taken. */
  onDrain(): void
  onClose(): void
}

const KEEP_ALIVE_MS = 60_000
/** How long a closed connection may take to deliver its last bytes. */
const LINGER_MS = 5_000

/** A TCP connection. */
export function socketPipe(socket: Socket, events: PipeEvents): Pipe {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  socket.on('data', (chunk: Buffer) => events.onData(chunk))
  socket.on('drain', () => events.onDrain())
  // An error is always followed by 'close'.
  socket.on('error', () => {})
  socket.on('close', () => events.onClose())
  return {
    ip: socket.remoteAddress ?? '',
    get queuedBytes() {
      return socket.writableLength
    },
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => {
      socket.end()
      socket.setTimeout(LINGER_MS, () => socket.destroy())
    },
    destroy: () => void socket.destroy(),
  }
}

/** A WebSocket, of which only the bytes matter: where its messages begin and end means nothing. */
export function webSocketPipe(webSocket: WebSocket, ip: string, events: PipeEvents): Pipe {
  webSocket.binaryType = 'nodebuffer'
  webSocket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) events.onData(data)
    else webSocket.terminate()
  })
  webSocket.on('error', () => webSocket.terminate())
  webSocket.on('close', () => events.onClose())
  const afterWrite = (): void => {
    if (webSocket.bufferedAmount === 0) events.onDrain()
  }
  return {
    ip,
    get queuedBytes() {
      return webSocket.bufferedAmount
    },
    write: (bytes) => webSocket.send(bytes, { binary: true }, afterWrite),
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    end: () => webSocket.close(),
    destroy: () => webSocket.terminate(),
  }
}
