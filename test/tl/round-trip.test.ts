import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeObject, decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { heights, RandomValues } from './random-value.ts'
import { plain, StrictLayer, strictPool, type StrictDefinition } from './strict.ts'

const { definitions } = strictPool()
const newest = new StrictLayer(definitions, NEWEST_LAYER)
const newestHeights = heights(newest)
const constructors = [...newest.byName.values()].filter(({ section }) => !section.includes('functions'))
const methods = [...newest.byName.values()].filter(({ section }) => section.includes('functions'))
const codec = codecFor(NEWEST_LAYER)

/** Runs with random seeds. A seed says all, so nothing is gained by shrinking it. */
function withSeeds(runs: number, check: (seed: number) => void): void {
  fc.assert(fc.property(fc.noShrink(fc.integer()), check), { numRuns: runs })
}

function random(definition: StrictDefinition, seed: number): { _: string } {
  return new RandomValues(newest, newestHeights, seed).object(definition)
}

describe(`layer ${NEWEST_LAYER}`, () => {
  test('random objects of every constructor are written as the definitions say, and read back', () => {
    for (const definition of constructors) {
      withSeeds(3, (seed) => {
        const value = random(definition, seed)
        const bytes = codec.encode(value, definition.result)
        expect(plain(newest.read(bytes, definition.result))).toBe(plain(value))
        expect(decodeObject(bytes)).toStrictEqual(value)
      })
    }
  })

  test('random requests of every method are written as the definitions say, and read back', () => {
    for (const definition of methods) {
      withSeeds(3, (seed) => {
        const request = random(definition, seed) as T.AnyMethod
        const bytes = codec.encodeRequest(request)
        expect(plain(newest.readRequest(bytes))).toBe(plain(request))
        expect(decodeRequest(bytes)).toStrictEqual(request)
      })
    }
  })

  test('factories make the same object as decoding: the same keys in the same order', () => {
    const factories = tl as unknown as Record<string, (fields: object) => object>
    for (const definition of [...constructors, ...methods]) {
      withSeeds(2, (seed) => {
        const { _, ...given } = random(definition, seed)
        const fields = Object.fromEntries(
          Object.entries(given).filter(([, value]) => value !== undefined && value !== false),
        )
        const made = factories[definition.name]?.(shuffled(fields, seed)) as object
        const isFunction = definition.section.includes('functions')
        const required = Object.fromEntries(Object.entries(given).filter(([, value]) => value === false))
        const whole = { ...made, ...required } as { _: string }
        const bytes = isFunction
          ? codec.encodeRequest(whole as T.AnyMethod)
          : codec.encode(whole, definition.result)
        expect(Object.keys(made)).toEqual(Object.keys(decodeObject(bytes)))
        expect(Object.keys(made)).toEqual(['_', ...Object.keys(given)])
      })
    }
  })
})

function shuffled(fields: object, seed: number): object {
  return Object.fromEntries(
    Object.entries(fields).toSorted(([a], [b]) => ((a + seed < b + seed ? 1 : -1) * (seed | 1)) % 2),
  )
}
