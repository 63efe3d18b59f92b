import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startTestServer } from '../harness/in-process.ts'

test('the pages of a server', async () => {
  await using server = await startTestServer()
  const { facts } = server.running
  const get = (path: string): Promise<Response> => fetch(`http://${server.host}:${server.port}${path}`)

  const landing = await get('/')
  expect(landing.status).toBe(200)
  expect(landing.headers.get('content-type')).toContain('text/html')
  expect(await landing.text()).toContain(facts.publicKey.trim())

  const known = (await (await get('/.well-known/chappe.json')).json()) as Record<string, unknown>
  expect(known).toEqual({ ...facts })
  expect(known).not.toHaveProperty('adminToken')
  expect(known['fingerprint']).toMatch(/^[0-9a-f]{16}$/)

  expect((await get('/healthz')).status).toBe(200)
  expect((await get('/readyz')).status).toBe(200)
  expect(await (await get('/metrics')).text()).toContain('chappe_connections')
  expect((await get('/nothing-here')).status).toBe(404)
})

test('a form that is too large is refused, and what is asked then answered', async () => {
  await using server = await startTestServer()
  const origin = `http://${server.host}:${server.port}`
  const form = { method: 'POST', headers: { origin }, body: 'x'.repeat(300_000) }
  const refused = await fetch(`${origin}/appeal/phone`, form)
  expect([refused.status, await refused.text()]).toEqual([413, 'This is too large.'])
  // A connection whose request was not read to its end would be closed after half a second.
  for (const until = performance.now() + 700; performance.now() < until;)
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
})

test('an MTProto message that is too long is refused, and the connection goes on unless it has no end', async () => {
  await using server = await startTestServer()
  const socket = connect(server.port, server.host)
  socket.on('error', () => {})
  let said = ''
  socket.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')))
  const statuses = (): string[] => said.match(/^HTTP\/1\.1 \d+/gm) ?? []
  const post = (length: number): boolean =>
    socket.write(`POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`)

  post(3 << 20)
  socket.write(Buffer.alloc(3 << 20))
  await expect.poll(statuses).toEqual(['HTTP/1.1 413'])
  expect(said).not.toMatch(/connection: close/i)
  // As long as it may be: this one is read, and is of no key.
  post(1 << 20)
  socket.write(Buffer.alloc(1 << 20, 1))
  await expect.poll(statuses).toEqual(['HTTP/1.1 413', 'HTTP/1.1 404'])
  post(1 << 30)
  // What is still under way when the server closes could take the answer along.
  socket.write(Buffer.alloc((16 << 20) + 1))
  await expect.poll(statuses).toEqual(['HTTP/1.1 413', 'HTTP/1.1 404', 'HTTP/1.1 413'])
  expect(said).toMatch(/connection: close/i)
  if (!socket.closed) await once(socket, 'close')
})

test('ten servers live in one process', async () => {
  const servers = await Promise.all(Array.from({ length: 10 }, () => startTestServer()))
  expect(new Set(servers.map((server) => server.port)).size).toBe(10)
  await Promise.all(servers.map((server) => server.stop()))
})
