import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, environmentName, OPTIONS, parseConfig } from '../../src/config.ts'

test('the defaults', () => {
  expect(parseConfig([], {})).toMatchObject({
    data: resolve('./data'),
    listen: [{ host: '127.0.0.1', port: 8443 }],
    publicHost: '127.0.0.1',
    database: undefined,
    dc: 2,
    datacenters: { here: [2], elsewhere: [], nearest: [] },
    testNumbers: true,
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
  ['--dc', '0'],
  ['--dc', 'two'],
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
