import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { within } from './server.ts'

const START_MS = 20_000
/** Where Debian has it, which is not in everybody's PATH. */
const SYSTEM_FOLDER = '/usr/sbin'

/** The nats-server of this machine; undefined when there is none. */
export function findNats(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), SYSTEM_FOLDER]
  return folders.map((folder) => join(folder, 'nats-server')).find((path) => existsSync(path))
}

/** A NATS server of a test's own. */
export interface Nats extends AsyncDisposable {
  readonly port: number
  /** As `--bus` takes it. */
  readonly url: string
  /** `kill -9`. */
  kill(): Promise<void>
  /** Starts it again, where it was. */
  restart(): Promise<void>
}

/** Starts a NATS server. `args` are its own options. */
export async function startNats(args: readonly string[] = []): Promise<Nats> {
  const path = findNats()
  if (path === undefined) throw new Error('there is no nats-server here')
  const port = await freePort()
  let child = await start(path, port, args)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    kill,
    async restart() {
      child = await start(path, port, args)
    },
    [Symbol.asyncDispose]: kill,
  }
}

async function start(path: string, port: number, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(path, ['-a', '127.0.0.1', '-p', String(port), ...args], { stdio: 'ignore' })
  const endWithTests = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithTests)
  child.once('exit', () => process.off('exit', endWithTests))
  await within(answers(port, child), START_MS, () => 'nats-server does not listen')
  return child
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    const isThere = await Promise.race([
      once(socket, 'data').then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(
        () => false,
        () => false,
      ),
    ])
    socket.destroy()
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
