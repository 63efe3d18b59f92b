import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { ConfigError, parseConfig } from '../../src/config.ts'
import { Proxies } from '../../src/http/proxies.ts'

/** A request over a socket from this address. */
function from(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage
}

test('only proxies of the host are believed, from the last one on', () => {
  const proxies = new Proxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8'])
  const asked = (remote: string, chain?: string): string =>
    proxies.addressOf(from(remote, chain === undefined ? {} : { 'x-forwarded-for': chain }))
  expect(asked('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
  expect(asked('::ffff:203.0.113.9')).toBe('203.0.113.9')
  expect(asked('127.0.0.1')).toBe('127.0.0.1')
  expect(asked('::ffff:127.0.0.1', '198.51.100.1')).toBe('198.51.100.1')
  expect(asked('127.0.0.1', '1.1.1.1, 198.51.100.1, 10.1.2.3')).toBe('198.51.100.1')
  expect(asked('fd00::5', '2001:db8::1')).toBe('2001:db8::1')
  expect(asked('127.0.0.1', '198.51.100.1, <script>')).toBe('127.0.0.1')
  expect(asked('127.0.0.1', '10.0.0.1, 10.0.0.2')).toBe('10.0.0.1')
  expect(new Proxies([]).addressOf(from('127.0.0.1', { 'x-forwarded-for': '1.1.1.1' }))).toBe('127.0.0.1')

  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example', host: '10.0.0.1:8443' }
  expect([proxies.isSecure(from('10.0.0.1', https)), proxies.hostOf(from('10.0.0.1', https))]).toEqual([
    true,
    'chat.example',
  ])
  expect([proxies.isSecure(from('8.8.8.8', https)), proxies.hostOf(from('8.8.8.8', https))]).toEqual([
    false,
    '10.0.0.1:8443',
  ])
})

test('networks of proxies are checked when they are given', () => {
  const parse = (text: string): readonly string[] =>
    parseConfig(['--trusted-proxies', text], {}).trustedProxies
  expect(parse(' 10.0.0.0/8 ,::1')).toEqual(['10.0.0.0/8', '::1'])
  for (const text of ['here', '10.0.0.0/33', '10.0.0.0/', 'fd00::/129', '10.0.0.0/8/9'])
    expect(() => parse(text)).toThrow(ConfigError)
})
