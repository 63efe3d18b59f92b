import { expect, test } from 'vitest'
import { checkAnswers, checkRequests } from './layer-values.ts'
import { strictPool } from './strict.ts'

/** How many layers, and which share of their constructors, a run looks at. `node test/tl/layers-long.ts` looks at all. */
const LAYERS = 12
const SHARE = 0.25

const seed = Number(process.env['CHAPPE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const { layers } = strictPool()
const step = Math.floor(layers.length / LAYERS)
const chosen = layers.filter((layer) => (layer + seed) % step === 0)

test(`random newest objects in layers ${chosen.join(' ')}, CHAPPE_SEED=${seed}`, () => {
  for (const layer of chosen) expect(checkAnswers(layer, seed, SHARE).written).toBeGreaterThan(100)
})

test(`random requests of layers ${chosen.join(' ')}, CHAPPE_SEED=${seed}`, () => {
  for (const layer of chosen) expect(checkRequests(layer, seed, SHARE).written).toBeGreaterThan(50)
})
