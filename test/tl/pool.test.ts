import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadPool } from '../../src/tl/pool.ts'
import { StrictLayer, strictPool } from './strict.ts'

const { layers, definitions } = strictPool()

test('each id is the CRC-32 of its definition', () => {
  const wrong = definitions.filter(({ line, id }) => {
    // tools/pool.ts says why.
    if (id === 0x785188b8) return false
    const plain = line
      .replace(/^([\w.]+)#[0-9a-f]+/, '$1')
      .replace(/ \w+:flags\d*\.\d+\?true\b/g, '')
      .replace(/([:?])bytes\b/g, '$1string')
      .replace(/<([^>]+)>/g, ' $1')
      .replace(/[{}]/g, '')
    return crc32(plain) !== id
  })
  expect(wrong).toEqual([])
})

test('each layer has one definition of a name and one name of an id', () => {
  for (const layer of layers) {
    const current = definitions.filter(({ layers: ranges }) =>
      ranges.some(([first, last]) => first <= layer && layer <= last),
    )
    expect(new Set(current.map(({ name }) => name)).size).toBe(current.length)
    expect(new Set(current.map(({ id }) => id)).size).toBe(current.length)
  }
})

test('each type that a layer names is in that layer', () => {
  const builtIn = /^(int|long|double|string|bytes|int128|int256|Bool|true|#|!X|X)$/
  for (const number of layers) {
    const layer = new StrictLayer(definitions, number)
    const missing = [...layer.byName.values()].flatMap(({ name, fields, result }) =>
      [...fields.map(({ type }) => type), result]
        .map((type) => type.replace(/^[Vv]ector<(.*)>$/, '$1'))
        .filter((type) => !builtIn.test(type) && !layer.unions.has(type) && !layer.byName.has(type))
        .map((type) => `${name}: ${type}`),
    )
    expect(missing).toEqual([])
  }
})

test('the newest layer is known and whole', () => {
  const pool = loadPool()
  expect(pool.layers.at(-1)).toBe(229)
  expect(pool.definitions.length).toBe(definitions.length)
  const newest = new StrictLayer(definitions, 229)
  const methods = [...newest.byName.values()].filter(({ section }) => section === '---functions---')
  expect(methods.length).toBe(813)
})
