import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, environmentName, OPTIONS, parseConfig } from '../../src/config.ts'

test('the defaults', () => {
  expect(parseConfig([], {})).toMatchObject({
    data: resolve('./data'),
    listen: [{ host: '127.0.0.1', port: 8443 }],
    publicHost: '127.0.0.1',
    database: undefined,
    bus: undefined,
    dc: 2,
    datacenters: { here: [2], elsewhere: [], nearest: [] },
    testNumbers: true,
    blobs: resolve('./data/blobs'),
    fileReferencesSec: 86_400,
    geoDatabase: undefined,
    country: '',
    logLevel: 'info',
  })
})

test('a flag wins over the environment, and that over the default', () => {
  const env = { CHAPPE_DC: '3', CHAPPE_LOG_LEVEL: 'warn' }
  expect(parseConfig(['--dc', '4'], env)).toMatchObject({ dc: 4, logLevel: 'warn' })
  expect(parseConfig(['--dc=5'], env).dc).toBe(5)
})

test('every option has a variable', () => {
  expect(OPTIONS.map((option) => environmentName(option.name))).toContain('CHAPPE_PUBLIC_HOST')
})

test('several addresses, IPv6 among them', () => {
  const config = parseConfig(['--listen', '127.0.0.1:0, [::1]:443,chat.example.org:80'], {})
  expect(config.listen).toEqual([
    { host: '127.0.0.1', port: 0 },
    { host: '::1', port: 443 },
    { host: 'chat.example.org', port: 80 },
  ])
})

test('a bus, its credentials and its name, by the environment too', () => {
  const nobody = { user: undefined, password: undefined, token: undefined }
  const bus = (text: string): unknown => parseConfig([], { CHAPPE_BUS: text }).bus
  const plain = { ...nobody, servers: ['bus.example.org:4222'], isTls: false, name: '' }
  expect(bus('nats://bus.example.org')).toEqual(plain)
  const named = { servers: ['10.0.0.1:4223', '[::1]:4222'], isTls: true, name: 'test' }
  const me = { ...nobody, user: 'me', password: 'p@ss' }
  expect(bus('tls://me:p%40ss@10.0.0.1:4223/test,tls://[::1]/test')).toEqual({ ...named, ...me })
  expect(bus('nats://secret@127.0.0.1')).toMatchObject({ ...nobody, token: 'secret' })
})

test('several datacenters in one process, each with a port beside the first', () => {
  expect(parseConfig(['--dcs', '3'], {}).datacenters.here).toEqual([1, 2, 3])
  expect(parseConfig(['--dcs', '1', '--dc', '7'], {}).datacenters.here).toEqual([7])
})

test('datacenters of other processes, from a file that all of them can share', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chappe-config-'))
  const [path, twice] = [join(dir, 'dcs.json'), join(dir, 'twice.json')]
  const others = [
    { id: 1, host: '192.0.2.1', port: 443 },
    { id: 3, host: '2001:db8::3', port: 8443, publicKey: 'PEM' },
  ]
  await writeFile(path, JSON.stringify([...others, { id: 2, host: '192.0.2.2', port: 443 }]))
  await writeFile(twice, JSON.stringify([...others, ...others]))
  const { datacenters } = parseConfig(['--dcs', path], {})
  expect(datacenters).toMatchObject({ here: [2], elsewhere: others })
  expect(() => parseConfig(['--dcs', twice], {})).toThrow('names one twice')
  await rm(dir, { recursive: true })
})

test('which datacenter is nearest to an address', () => {
  const nearest = (ip: string): number | undefined => rules.find(({ isIn }) => isIn(ip))?.dc
  const { nearest: rules } = parseConfig(
    ['--dcs', '3', '--nearest-dc', '10.0.0.0/8=1,2001:db8::/32=3'],
    {},
  ).datacenters
  expect(['10.9.8.7', '::ffff:10.1.1.1', '2001:db8::7', '11.0.0.1', ''].map(nearest)).toEqual([
    1,
    1,
    3,
    undefined,
    undefined,
  ])
  expect(parseConfig(['--nearest-dc', '2'], {}).datacenters.nearest[0]?.isIn('192.0.2.1')).toBe(true)
})

test('test numbers are off as soon as one address is not for this machine alone', () => {
  expect(parseConfig(['--listen', '127.0.0.1:1,[::1]:2,localhost:3'], {}).testNumbers).toBe(true)
  expect(parseConfig(['--listen', '127.0.0.1:1,0.0.0.0:2'], {}).testNumbers).toBe(false)
  expect(parseConfig(['--listen', '0.0.0.0:2', '--test-numbers', 'on'], {}).testNumbers).toBe(true)
})

test.each([
  ['--listen', 'nowhere'],
  ['--listen', ''],
  ['--listen', '127.0.0.1:70000'],
  ['--database', 'mysql://x'],
  ['--bus', 'http://127.0.0.1'],
  ['--bus', 'nats://'],
  ['--bus', '127.0.0.1:4222'],
  ['--bus', 'nats://127.0.0.1/a.b'],
  ['--bus', 'nats://127.0.0.1?x=1'],
  ['--bus', 'nats://10.0.0.1,tls://10.0.0.2'],
  ['--bus', 'nats://me:%zz@127.0.0.1'],
  ['--dc', '0'],
  ['--dc', 'two'],
  ['--dcs', '0'],
  ['--dcs', '200'],
  ['--dcs', '3', '--dc', '4'],
  ['--dcs', '3', '--listen', '127.0.0.1:65535'],
  ['--dcs', '/no/such/file'],
  ['--nearest-dc', '4'],
  ['--nearest-dc', '10.0.0.0/33=2'],
  ['--test-numbers', 'maybe'],
  ['--country', 'Germany'],
  ['--log-level', 'loud'],
  ['--no-such-option', 'x'],
  ['stray'],
])('%s %s is refused in one line that names it', (...args) => {
  const error = catchError(() => parseConfig(args, {}))
  expect(error).toBeInstanceOf(ConfigError)
  expect(error?.message).toContain(args[0]?.replace('--', ''))
})

function catchError(run: () => unknown): Error | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return error as Error
  }
}

test('where files lie, and how long references to them are good', () => {
  expect(parseConfig(['--data', '/srv/chappe'], {}).blobs).toBe('/srv/chappe/blobs')
  expect(parseConfig(['--blobs', '/mnt/blobs'], {}).blobs).toBe('/mnt/blobs')
  expect(parseConfig(['--file-references', '30'], {}).fileReferencesSec).toBe(30)
  for (const text of ['0', '-1', '1h', '999999999'])
    expect(() => parseConfig(['--file-references', text], {})).toThrow('--file-references')
})
