import { setPriority } from 'node:os'
import type { ServerProcess } from '../../harness/server.ts'
import { LOAD_FILE, rowOf, type Bench, type Both } from '../bench.ts'
import { startInspected } from '../inspector.ts'
import type { LoadTasks } from '../load/main.ts'
import type { Delivered } from '../load/traffic.ts'
import type { BenchRow } from '../row.ts'
import { startWorker, type Worker } from '../worker.ts'

/** What the accounts of the calm app send, together. */
const CALM_PER_SEC = 200
/** What each account of the other app keeps in flight. */
const FLOOD_WINDOW = 16
/** The flood begins before the measurement, and outlasts it. */
const LEAD_MS = 1_000
const FLOOD_PRIORITY = 10
/** The numbers of those who flood. */
const FLOOD_NUMBERS = 5_000

/**
 * How long the messages of one app take while another's accounts send as fast as they can, whatever they are told; beside
 * it, how long they take without that. On a server as a user starts it, and on one without limits of pace.
 */
export async function fairnessRows(bench: Bench): Promise<BenchRow[]> {
  const { scale, say } = bench
  await using limited = await startInspected({ args: ['--log-level', 'warn'] })
  await using calm = await startWorker<LoadTasks>(LOAD_FILE)
  await calm.run('meet', { ...placeOf(limited), app: await limited.createApp(), pairs: scale.pairs })
  say('a flood meets limits')
  const withLimits = await measure(bench, limited, calm)
  say('a flood meets none')
  const without = await measure(bench, bench.server, bench.load)
  const p50 = (each: Delivered): number => each.p50Ms
  const p99 = (each: Delivered): number => each.p99Ms
  return [
    rowOf('another app floods, p50', 'ms', withLimits, p50),
    rowOf('another app floods, p99', 'ms', withLimits, p99, 'ratio ≤ 1.5'),
    rowOf('without limits of pace, p50', 'ms', without, p50),
    rowOf('without limits of pace, p99', 'ms', without, p99),
  ]
}

/** With the flood, and without it, in turn. */
async function measure(
  bench: Bench,
  server: ServerProcess,
  calm: Worker<LoadTasks>,
): Promise<Both<Delivered>> {
  const { scale, say } = bench
  await using crowd = await startWorker<LoadTasks>(LOAD_FILE)
  // Elsewhere it would take no processor time from the server.
  setPriority(crowd.pid, FLOOD_PRIORITY)
  const app = await server.createApp()
  await crowd.run('meet', { ...placeOf(server), app, pairs: scale.pairs, from: FLOOD_NUMBERS })
  const paced = (): Promise<Delivered> =>
    calm.run('pacedMessages', {
      target: 'server',
      perSecond: CALM_PER_SEC,
      warmMs: scale.warmMs,
      measureMs: scale.measureMs,
    })
  const taken: { server: Delivered[]; bare: Delivered[] } = { server: [], bare: [] }
  // A server that has just started compiles what it runs for the first time.
  const warming = crowd.run('flood', {
    window: FLOOD_WINDOW,
    forMs: LEAD_MS + scale.warmMs + scale.measureMs,
  })
  await paced()
  await warming
  for (let round = 1; round <= scale.rounds; round++) {
    taken.bare.push(await paced())
    const forMs = LEAD_MS + scale.warmMs + scale.measureMs + LEAD_MS
    const flooding = crowd.run('flood', { window: FLOOD_WINDOW, forMs })
    taken.server.push(await paced())
    const { sent, refused } = await flooding
    const perSec = (count: number): string => ((count / forMs) * 1000).toFixed(0)
    say(`of the flood, ${perSec(sent)} a second were sent, and ${perSec(refused)} refused`)
  }
  return taken
}

function placeOf(server: ServerProcess): { address: { host: string; port: number }; publicKey: string } {
  return { address: { host: server.host, port: server.port }, publicKey: server.file.publicKey }
}
