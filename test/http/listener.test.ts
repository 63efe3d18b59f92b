import { once } from 'node:events'
import { createServer } from 'node:http'
import net from 'node:net'
import { expect, test } from 'vitest'
import { listen } from '../../src/http/listener.ts'

test('connections of one address that say nothing are few, and whoever speaks makes room', async () => {
  const http = createServer((_request, response) => response.end('hello'))
  const doors = new WeakMap<object, number | undefined>()
  const listener = await listen(
    { host: '127.0.0.1', port: 0, door: 3 },
    { http, doors, maxSilent: 2, mtproto: (socket) => void socket.end('mtproto') },
  )
  const connect = async (): Promise<net.Socket> => {
    const socket = net.connect(listener.port, listener.host)
    socket.on('error', () => {})
    socket.resume()
    await once(socket, 'connect')
    return socket
  }
  const [first, second, third] = [await connect(), await connect(), await connect()]
  if (!third.closed) await once(third, 'close')
  expect([first.closed, second.closed]).toEqual([false, false])

  first.write('\xefanything')
  const [said] = (await once(first, 'data')) as [Buffer]
  expect(said.toString()).toBe('mtproto')
  const fourth = await connect()
  fourth.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const [page] = (await once(fourth, 'data')) as [Buffer]
  expect(page.toString()).toContain('hello')
  http.closeAllConnections()
  await listener.close()
})
