import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { FullDiskOutcome } from './full-disk.ts'

const MAIN = fileURLToPath(new URL('full-disk-main.ts', import.meta.url))

test(
  'a full disk fails calls and nothing else, and there need only be space again',
  { timeout: 300_000 },
  async ({ skip }) => {
    const dir = await mkdtemp(join(tmpdir(), 'chappe-full-disk-'))
    try {
      if (!mayMount(dir))
        skip('a file system may be mounted by root on Linux only, in a name space of its own')
      const seed = Number(process.env['CHAPPE_SEED'] ?? Date.now() % 1_000_000)
      const outcome = await run(dir, seed)
      expect(outcome.faults, `CHAPPE_SEED=${seed} tries it again`).toEqual([])
      expect(outcome.hasPanicked).toBe(true)
      expect(outcome.sentAfter).toBeGreaterThan(0)
      // Nobody waits for what cannot be done.
      expect(outcome.slowestErrorMs).toBeLessThan(10_000)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  },
)

function mayMount(dir: string): boolean {
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', dir]).status === 0
}

/** In a process that sees a file system of its own at `dir`. */
async function run(dir: string, seed: number): Promise<FullDiskOutcome> {
  const child = spawn('unshare', ['-m', process.execPath, MAIN, dir, String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = (await once(child, 'exit')) as [number | null]
  const [out, problems] = await said
  if (code !== 0) throw new Error(problems)
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as FullDiskOutcome // As the process wrote it.
}
