import { setTimeout as delay } from 'node:timers/promises'
import type { BareTasks } from '../bare/main.ts'
import { BARE_FILE, rowOf, type Bench } from '../bench.ts'
import type { BenchRow } from '../row.ts'
import { startWorker } from '../worker.ts'

/** The connections' first buffers are given back by then. */
const SETTLE_MS = 3000
/** Files and sockets that a process has open besides. */
const SPARE_FILES = 1000
/** To sign up takes longer: fewer do. Their numbers are far from those of people who write to each other. */
const SIGNED_IN = 1000
const FIRST_PERSON = 5000

/** What one more idle connection costs the server, beside what it costs a Node process that only holds its socket. */
export async function memoryRows(bench: Bench): Promise<BenchRow[]> {
  const { load, address, publicKey, app, inspector, scale, say } = bench
  const count = mayHold(scale.idleConnections, say)
  // A hundred beforehand, so that what the first ones cost once is not counted.
  await load.run('hold', { address, publicKey, app, count: 100 })
  const before = await inspector.memory()
  say(`opening ${count} connections`)
  await load.run('hold', { address, publicKey, app, count })
  await delay(SETTLE_MS)
  const after = await inspector.memory()
  await load.run('letGo', undefined)

  say(`opening ${SIGNED_IN} connections of people who are signed in`)
  await load.run('hold', { address, publicKey, app, count: 100, people: FIRST_PERSON })
  const beforeSigned = await inspector.memory()
  await load.run('hold', { address, publicKey, app, count: SIGNED_IN, people: FIRST_PERSON + 100 })
  await delay(SETTLE_MS)
  const afterSigned = await inspector.memory()
  await load.run('letGo', undefined)

  await using holder = await startWorker<BareTasks>(BARE_FILE)
  const port = await holder.run('listenIdle', undefined)
  await load.run('holdSockets', { address: { host: '127.0.0.1', port }, count: 100 })
  const bareBefore = await holder.run('memory', undefined)
  await load.run('holdSockets', { address: { host: '127.0.0.1', port }, count })
  await delay(SETTLE_MS)
  const bareAfter = await holder.run('memory', undefined)
  await load.run('letGo', undefined)

  const each = (before: Memory, after: Memory, among = count): Memory => ({
    rss: (after.rss - before.rss) / among / 1000,
    heap: (after.heap - before.heap) / among / 1000,
  })
  const taken = { server: [each(before, after)], bare: [each(bareBefore, bareAfter)] }
  const signedIn = { server: [each(beforeSigned, afterSigned, SIGNED_IN)], bare: taken.bare }
  return [
    rowOf(`resident memory of an idle connection, of ${count}`, 'kB', taken, (one) => one.rss, '≤ 20'),
    rowOf('of it JavaScript heap and buffers', 'kB', taken, (one) => one.heap),
    rowOf(`the heap of one that is signed in, of ${SIGNED_IN}`, 'kB', signedIn, (one) => one.heap, '≤ 20'),
  ]
}

/** Node raises the number of files that it may open as far as it may; on some machines that is not far. */
function mayHold(wish: number, say: (text: string) => void): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { hard?: number | string } } }
  const hard = Number(report.userLimits?.open_files?.hard)
  if (!Number.isFinite(hard) || hard >= wish + SPARE_FILES) return wish
  say(`only ${hard} files may be open here (ulimit -Hn): ${hard - SPARE_FILES} connections are held`)
  return hard - SPARE_FILES
}

interface Memory {
  readonly rss: number
  readonly heap: number
}
