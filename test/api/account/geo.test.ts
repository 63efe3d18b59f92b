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
