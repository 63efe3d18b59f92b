import { createPublicKey, diffieHellman } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import pino from 'pino'
import { systemRandom } from '../../../src/lib/random.ts'
import { makeDhHalf } from '../../../src/mtproto/crypto/dh.ts'
import { rsaDecrypt } from '../../../src/mtproto/crypto/rsa.ts'
import { generateServerKey, loadServerKey } from '../../../src/mtproto/server-key.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrate.ts'
import type { Done } from '../load/traffic.ts'
import { serveTasks } from '../worker.ts'
import { openBareFiles } from './files.ts'
import { BareLoop } from './loop.ts'
import { makeBoxes, readMissed } from './store.ts'

const HOST = '127.0.0.1'
/** The bare loop's own database, beside Chappe's in the same PostgreSQL. */
const DATABASE = 'bare'

const log = pino({ level: 'warn' }, pino.destination(2))
const sockets = new Set<Socket>()

const tasks = {
  /** Starts the bare loop; the port that it listens on. */
  async listen(args: { databaseUrl: string; members: number; directory: string }): Promise<number> {
    const url = await makeDatabase(args.databaseUrl, args.members)
    const files = await openBareFiles(args.directory)
    return await portOf(new BareLoop(await openDatabase({ url, log }), files, args.members).server())
  },

  /** Reads what a difference tells of, in one statement. */
  async readLog(args: {
    databaseUrl: string
    boxId: number
    pts: number
    count: number
  }): Promise<{ sec: number }> {
    const db = await openDatabase({ url: args.databaseUrl, log, connections: 1 })
    try {
      await db.sql`select 1`
      const startedAt = performance.now()
      const rows = await readMissed(db, args.boxId, args.pts)
      if (rows !== args.count) throw new Error(`the log has ${rows} messages, not ${args.count}`)
      return { sec: (performance.now() - startedAt) / 1000 }
    } finally {
      await db.close()
    }
  },

  /** Accepts plain connections, says one byte to each, and holds them. */
  async listenIdle(): Promise<number> {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('data', () => socket.write('.'))
      socket.on('close', () => sockets.delete(socket))
    })
    return await portOf(server)
  },

  /** What the process takes after a collection of garbage. */
  async memory(): Promise<{ rss: number; heap: number }> {
    for (let i = 0; i < 3; i++) await globalThis.gc?.({ type: 'major', execution: 'async' })
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heap: heapUsed + external }
  },

  /** The arithmetic of key exchanges and nothing else. */
  exchanges(args: { measureMs: number }): Promise<Done> {
    const { privateKey } = loadServerKey(generateServerKey())
    const secret = Buffer.alloc(256, 0x2a)
    const publicKey = createPublicKey(makeDhHalf(systemRandom).privateKey)
    const startedAt = performance.now()
    let done = 0
    while (performance.now() - startedAt < args.measureMs) {
      rsaDecrypt(privateKey, secret)
      diffieHellman({ privateKey: makeDhHalf(systemRandom).privateKey, publicKey })
      done++
    }
    return Promise.resolve({ count: done, perSecond: (done / (performance.now() - startedAt)) * 1000 })
  },
}

export type BareTasks = typeof tasks

async function makeDatabase(serverUrl: string, members: number): Promise<string> {
  const admin = await openDatabase({ url: serverUrl, log, connections: 1 })
  await admin.sql.unsafe(`create database ${DATABASE}`)
  await admin.close()
  const url = serverUrl.replace(/\/[^/?]*\?/, `/${DATABASE}?`)
  const db = await openDatabase({ url, log, connections: 1 })
  await migrate(db, log)
  await makeBoxes(db, members)
  await db.close()
  return url
}

async function portOf(server: Server): Promise<number> {
  server.listen({ host: HOST, port: 0, backlog: 4096 })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

serveTasks(tasks)
