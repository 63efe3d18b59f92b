import { getRequestListener } from '@hono/node-server'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { TransportError } from '../mtproto/errors.ts'
import type { Door } from '../mtproto/served-dcs.ts'
import type { MtprotoServer } from '../mtproto/server.ts'
import { HEADERS_TIMEOUT_MS, MAX_BODY_BYTES, MAX_DROPPED_BYTES } from './limits.ts'
import { createPages, type PagesDeps } from './pages.ts'
import { Proxies } from './proxies.ts'

/** Paths of MTProto over WebSocket and over HTTP. https://core.telegram.org/mtproto/transports */
const WEBSOCKET_PATHS = new Set(['/apiws', '/apiws_test', '/apiws1', '/apiws1_test'])
const HTTP_PATHS = new Set(['/api', '/api_test', '/apiw', '/apiw_test', '/apiw1', '/apiw1_test'])

export interface HttpDeps extends Omit<PagesDeps, 'proxies'> {
  readonly mtproto: MtprotoServer
  /** By which door a socket came in. */
  readonly doors: WeakMap<object, Door>
}

/** Everything that speaks HTTP on the server's port: MTProto's two web transports, and the pages. */
export function createHttp(deps: HttpDeps): Server {
  const proxies = new Proxies(deps.context.config.trustedProxies)
  const pages = getRequestListener(createPages({ ...deps, proxies }).fetch)
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
    if (HTTP_PATHS.has(pathOf(request))) void answerMtproto({ ...deps, proxies }, request, response)
    else void pages(request, response)
  })
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has('binary') ? 'binary' : false),
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!WEBSOCKET_PATHS.has(pathOf(request))) {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const door = deps.doors.get(request.socket)
      deps.mtproto.acceptWebSocket(webSocket, proxies.addressOf(request), door)
    })
  })
  return server
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** https://core.telegram.org/mtproto/transports#http */
async function answerMtproto(
  { mtproto, doors, proxies }: HttpDeps & { readonly proxies: Proxies },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Headers', 'origin, content-type')
  response.setHeader('Access-Control-Allow-Methods', 'POST, OPTIONS')
  response.setHeader('Access-Control-Max-Age', '1728000')
  try {
    if (request.method !== 'POST') {
      endWith(response, request.method === 'OPTIONS' ? 200 : 405, Buffer.alloc(0))
      return
    }
    const body = await readBody(request)
    if (typeof body === 'string') {
      if (body === 'goes on') response.setHeader('Connection', 'close')
      endWith(response, 413, Buffer.alloc(0))
      return
    }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const door = doors.get(request.socket)
    const answer = await mtproto.handleHttp(body, proxies.addressOf(request), gone.signal, door)
    endWith(response, 200, answer)
  } catch (error) {
    // What is no MTProto message gets the transport's error as a status; nobody is left to hear of anything else.
    if (error instanceof TransportError && !response.headersSent)
      endWith(response, error.code, Buffer.alloc(0))
    else response.destroy()
  }
}

/**
 * Reads a body. One that is too long is read to its end, within bounds, and dropped: whoever sends it reads the answer
 * after that only.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | 'too long' | 'goes on'> {
  const chunks: Buffer[] = []
  let length = 0
  // The connection, on which the answer is to go, is destroyed with the request.
  const reading = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const chunk of reading) {
    length += chunk.length
    if (length <= MAX_BODY_BYTES) chunks.push(chunk)
    else if (length <= MAX_DROPPED_BYTES) chunks.length = 0
    else return 'goes on'
  }
  return length > MAX_BODY_BYTES ? 'too long' : Buffer.concat(chunks)
}

/** Content-Length goes last: some clients read no header after it. */
function endWith(response: ServerResponse, status: number, body: Buffer): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'application/octet-stream')
  response.setHeader('Content-Length', body.length)
  response.end(body)
}
