import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { runChappe, startServerProcess } from '../harness/server.ts'

test('a server starts, says where it is, works beside commands, and stops within ten seconds', async () => {
  const server = await startServerProcess()
  expect(server.output()).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+$/m)
  expect(server.file).toMatchObject({
    layer: 229,
    thisDc: 2,
    dcs: [{ id: 2, host: '127.0.0.1', port: server.port }],
  })
  expect((await stat(join(server.dataDir, 'server.json'))).mode & 0o077).toBe(0)
  expect((await fetch(`${server.file.url}/readyz`)).status).toBe(200)
  const { apiId } = await server.createApp()
  expect(apiId).toBeGreaterThan(0)

  const second = await runChappe(['start', '--data', server.dataDir, '--listen', '127.0.0.1:0'])
  expect(second.code).toBe(2)
  expect(second.stderr).toMatch(/^chappe start: another server is using/)

  const begun = performance.now()
  expect(await server.stop()).toBe(0)
  expect(performance.now() - begun).toBeLessThan(10_000)
  expect(existsSync(server.dataDir)).toBe(false)
})

test('what a killed server answered is there at the next start, which needs no help', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'chappe-killed-'))
  const first = await startServerProcess({ dataDir })
  const { apiId, apiHash } = await first.createApp()
  const orphan = postmasterPid(join(dataDir, 'postgres', 'data'))
  await first.kill()
  expect(postmasterPid(join(dataDir, 'postgres', 'data'))).toBe(orphan)

  const second = await startServerProcess({ dataDir })
  expect(postmasterPid(join(dataDir, 'postgres', 'data'))).not.toBe(orphan)
  expect(second.file.publicKey).toBe(first.file.publicKey)
  expect((await second.chappe('app', 'list')).stdout).toContain(`${apiId} ${apiHash}`)
  expect(await second.stop()).toBe(0)
  // Without a server, a command starts the database for itself.
  expect((await runChappe(['app', 'list', '--data', dataDir])).stdout).toContain(`${apiId} ${apiHash}`)
  expect(postmasterPid(join(dataDir, 'postgres', 'data'))).toBeUndefined()
  await rm(dataDir, { recursive: true })
})

test('beyond loopback it warns that codes are printed here only', async () => {
  await using server = await startServerProcess({ alsoListen: ['0.0.0.0:0'] })
  await server.waitForOutput(/login codes go to this output only/)
})
