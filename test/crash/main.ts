import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { crash } from './crash.ts'

const usage = `node test/crash/main.ts [--rounds N] [--seed S]

Kills the server, its database or both in each round while people send, and looks for all that was answered as sent.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '50' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const seed = values.seed ? Number(values.seed) : Date.now() % 1_000_000
  const dataDir = await mkdtemp(join(tmpdir(), 'chappe-crash-'))
  try {
    const startedAt = performance.now()
    const say = (text: string): void =>
      console.error(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}`)
    const outcome = await crash({ seed, rounds: Number(values.rounds), dataDir, checkEvery: 5, say })
    console.log(`seed ${seed}: ${JSON.stringify(outcome)}`)
    return outcome.faults.length === 0 ? 0 : 1
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

// Databases end with this process, but not by themselves when it is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.exitCode = await main()
