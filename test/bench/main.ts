import { parseArgs } from 'node:util'
import { QUICK, SCALE, startBench, type Bench } from './bench.ts'
import { codecRows } from './codec.ts'
import type { BenchRow } from './row.ts'
import { callRows } from './rows/calls.ts'
import { differenceRows } from './rows/difference.ts'
import { fairnessRows } from './rows/fairness.ts'
import { fileRows } from './rows/files.ts'
import { handshakeRows } from './rows/handshakes.ts'
import { memoryRows } from './rows/memory.ts'
import { messageRows } from './rows/messages.ts'
import { PROFILED, profileWork } from './rows/profile.ts'
import { storedRows } from './rows/stored.ts'
import { formatTable } from './table.ts'

/** What can be measured, in the order of the table. */
const PARTS: Readonly<Record<string, (bench: Bench) => Promise<BenchRow[]>>> = {
  messages: messageRows,
  calls: callRows,
  handshakes: handshakeRows,
  files: fileRows,
  difference: differenceRows,
  fairness: fairnessRows,
  memory: memoryRows,
  codec: () => codecRows(),
}

const usage = `npm run bench -- [--quick] [--only ${Object.keys(PARTS).join(',')}] [--rows N] [--profile FILE]

Measures a server in a process of its own, with its database and its load on this machine.
--quick         one measurement of each figure, about a minute
--only LIST     these parts only
--rows N        only what a message costs with N messages stored (10000000 take about ten minutes and 5 GB of disk)
--profile FILE  writes a .cpuprofile of the server, and prints where its time went, while messages are sent, or with
                --only handshakes while keys are made`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      profile: { type: 'string' },
      rows: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  const parts = (values.only ?? Object.keys(PARTS).join(',')).split(',')
  if (values.help || parts.some((part) => !(part in PARTS))) {
    console.log(usage)
    return
  }
  const startedAt = performance.now()
  const say = (text: string): void =>
    console.error(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}`)
  await using bench = await startBench(values.quick ? QUICK : SCALE, say)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void bench[Symbol.asyncDispose]().then(() => process.exit(1)))
  }
  if (values.profile) {
    const work = PROFILED.find((name) => name === values.only) ?? 'messages'
    console.log(await profileWork(bench, work, values.profile))
    return
  }
  if (values.rows) {
    console.log(`\n${formatTable(await storedRows(bench, Number(values.rows)))}\n`)
    return
  }
  const rows: BenchRow[] = []
  for (const part of parts) {
    if (part === 'codec') say('codec')
    rows.push(...(await PARTS[part]!(bench)))
  }
  say('done')
  console.log(`\n${formatTable(rows)}\n`)
}

await main()
