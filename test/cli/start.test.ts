import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { runChappe, startServerProcess } from '../harness/server.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Servers and databases start and end in each test, some of them several times. */
const TEST_MS = 180_000

test(
  'a server starts, says where it is, works beside commands, and stops within ten seconds',
  async () => {
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
  },
  TEST_MS,
)

test(
  'what a killed server answered is there at the next start, which needs no help',
  async () => {
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
  },
  TEST_MS,
)

test(
  'a server whose database dies goes on when that is back',
  async () => {
    await using server = await startServerProcess()
    const { apiId } = await server.createApp()
    const pid = (): number | undefined => postmasterPid(join(server.dataDir, 'postgres', 'data'))
    const killed = pid()!
    process.kill(killed, 'SIGKILL')
    await expect.poll(() => pid() ?? killed, { timeout: 60_000, interval: 50 }).not.toBe(killed)
    const isReady = async (): Promise<number> => (await fetch(`${server.file.url}/readyz`)).status
    await expect.poll(isReady, { timeout: 60_000, interval: 50 }).toBe(200)
    expect((await server.chappe('app', 'list')).stdout).toContain(`${apiId} `)
  },
  TEST_MS,
)

test(
  'beyond loopback it warns that codes are printed here only',
  async () => {
    await using server = await startServerProcess({ alsoListen: ['0.0.0.0:0'] })
    await server.waitForOutput(/login codes go to this output only/)
  },
  TEST_MS,
)

test(
  'SIGTERM to npm start and SIGINT to npx chappe start stop the server in order',
  async () => {
    const programs = [
      { command: ['npm', 'start', '--'], signal: 'SIGTERM' },
      { command: [process.execPath, 'bin/chappe.cjs', 'start'], signal: 'SIGINT' },
    ] as const
    for (const { command, signal } of programs) {
      const data = await mkdtemp(join(tmpdir(), 'chappe-signal-'))
      const [program, ...args] = [...command, '--data', data, '--listen', '127.0.0.1:0']
      const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = once(child, 'exit')
      for await (const line of createInterface(child.stdout)) if (line.startsWith('ready ')) break
      child.kill(signal)
      expect((await exited)[0]).toBe(0)
      expect(postmasterPid(join(data, 'postgres', 'data'))).toBeUndefined()
      await rm(data, { recursive: true })
    }
  },
  TEST_MS,
)
