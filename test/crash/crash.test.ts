import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { crash } from './crash.ts'

const ROUNDS = 3

test.runIf(process.platform === 'linux')(
  'whatever is killed, what was answered as sent is in both histories, once, and parts of files are there',
  { timeout: 300_000 },
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'chappe-crash-'))
    try {
      const seed = Number(process.env['CHAPPE_SEED'] ?? Date.now() % 1_000_000)
      const { faults, killed, sent, saved } = await crash({
        seed,
        rounds: ROUNDS,
        dataDir,
        checkEvery: ROUNDS,
      })
      expect(faults, `CHAPPE_SEED=${seed} tries it again`).toEqual([])
      expect(killed).toEqual({ server: 1, database: 1, both: 1 })
      expect(sent).toBeGreaterThan(0)
      expect(saved).toBeGreaterThan(0)
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  },
)
