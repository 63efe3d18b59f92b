import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigError } from '../../../src/config.ts'
import { openGeo } from '../../../src/domain/geo/geo.ts'
import { startWorld } from '../../harness/people.ts'

let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chappe-geo-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test('addresses of either family are found in the database that ships', async () => {
  const geo = await openGeo({ geoDatabase: undefined, country: '' })
  const countryOf = async (ip: string): Promise<string> => (await geo.locate(ip)).countryCode
  expect(await countryOf('8.8.8.8')).toBe('US')
  expect(await countryOf('::ffff:193.0.6.139')).toBe('NL')
  expect(await countryOf('2a02:6b8::feed:ff')).toBe('RU')
  for (const unknown of ['127.0.0.1', '10.1.2.3', '::1', '', 'nonsense', '8.8.8.8.8'])
    expect(await countryOf(unknown)).toBe('')
})

test('addresses that are nowhere are in the country that the host names', async () => {
  const geo = await openGeo({ geoDatabase: undefined, country: 'DE' })
  expect(await geo.locate('192.168.1.2')).toEqual({ countryCode: 'DE', region: '' })
  expect(await geo.locate('8.8.8.8')).toEqual({ countryCode: 'US', region: '' })
})

type Value = string | number | readonly Value[] | { readonly [key: string]: Value }

/** A value as MMDB files have it. https://maxmind.github.io/MaxMind-DB/ */
function encoded(value: Value): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([Buffer.of((2 << 5) | value.length), Buffer.from(value)])
  if (typeof value === 'number') return Buffer.of((5 << 5) | 2, value >> 8, value & 255)
  if (isList(value)) return Buffer.concat([Buffer.of(value.length, 4), ...value.map(encoded)])
  const entries = Object.entries(value)
  return Buffer.concat([Buffer.of((7 << 5) | entries.length), ...entries.flat().map(encoded)])
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** A database that knows all IPv4 addresses: one node, whose two sides lead to these entries. */
function database(low: Value, high: Value): Buffer {
  const [node, first] = [1, encoded(low)]
  const tree = Buffer.alloc(6)
  tree.writeUIntBE(node + 16, 0, 3)
  tree.writeUIntBE(node + 16 + first.length, 3, 3)
  const facts = { node_count: node, record_size: 24, ip_version: 4, database_type: 'Test', languages: ['en'] }
  const metadata = encoded({ ...facts, binary_format_major_version: 2, binary_format_minor_version: 0 })
  const marker = Buffer.from('abcdef', 'hex')
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    first,
    encoded(high),
    marker,
    Buffer.from('MaxMind.com'),
    metadata,
  ])
}

test('a file of the host takes its place, also one that knows regions', async () => {
  const file = join(dir, 'own.mmdb')
  const subdivisions = [{ names: { en: 'Bavaria' } }]
  await writeFile(
    file,
    database({ country: { iso_code: 'DE' }, subdivisions }, { country_code: 'FR', state1: 'Alsace' }),
  )
  const geo = await openGeo({ geoDatabase: file, country: 'US' })
  expect(await geo.locate('8.8.8.8')).toEqual({ countryCode: 'DE', region: 'Bavaria' })
  expect(await geo.locate('193.0.6.139')).toEqual({ countryCode: 'FR', region: 'Alsace' })
  expect(await geo.locate('10.0.0.1')).toEqual({ countryCode: 'US', region: '' })
  await writeFile(file, database('nonsense', { country_code: 7 }))
  const odd = await openGeo({ geoDatabase: file, country: '' })
  for (const ip of ['8.8.8.8', '193.0.6.139']) expect((await odd.locate(ip)).countryCode).toBe('')
})

test('a file that is no database is told at start', async () => {
  const file = join(dir, 'not.mmdb')
  await writeFile(file, 'no database')
  for (const geoDatabase of [file, join(dir, 'absent.mmdb')])
    await expect(openGeo({ geoDatabase, country: '' })).rejects.toThrow(ConfigError)
})

test('a client is told its country before anybody signs in, and no other datacenter', async () => {
  await using world = await startWorld({ config: { country: 'FR' } })
  const nearest = await (await world.stranger()).call('help.getNearestDc')
  expect(nearest).toMatchObject({ country: 'FR', thisDc: 2, nearestDc: 2 })
})
