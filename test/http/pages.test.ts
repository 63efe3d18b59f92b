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

test('ten servers live in one process', async () => {
  const servers = await Promise.all(Array.from({ length: 10 }, () => startTestServer()))
  expect(new Set(servers.map((server) => server.port)).size).toBe(10)
  await Promise.all(servers.map((server) => server.stop()))
})
