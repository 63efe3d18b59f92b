import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdaptError, adaptBinary } from '../../src/adapt/adapt.ts'
import { DATACENTERS, KEY_PEM_BYTES, SHIPPED_KEYS } from '../../src/adapt/places.ts'
import { runChappe } from '../harness/server.ts'

const TDLIB = join(import.meta.dirname, '../../node_modules/@prebuilt-tdlib/linux-x64-glibc/libtdjson.so')
const HEADER = '-----BEGIN RSA PUBLIC KEY-----\n'
const FOOTER = '\n-----END RSA PUBLIC KEY-----'
const RECOVERY_KEY = `${HEADER}MIIBCgKCAQEAyr+18Rex2ohtVy8sroGP${'A'.repeat(300)}${FOOTER}`

const ourKey = newKey(2048)

describe('adapt', () => {
  test.each([
    ['strings', asStrings],
    ['64-bit immediates', asWholeImmediates],
    ['overlapping 32-bit immediates', asHalfImmediates],
  ])('rewrites addresses kept as %s', (_form, compile) => {
    const input = binary(compile(DATACENTERS.map(({ host }) => host)))
    const { bytes, keys } = adaptBinary(input, ourKey, '127.123')
    const expected = binary(
      compile(DATACENTERS.map(({ host }) => host.replace('149.154', '127.123'))),
      ourKey,
    )
    expect(bytes.equals(expected)).toBe(true)
    expect(keys).toBe(2)
    expect(bytes.includes('149.154')).toBe(false)
  })

  test('leaves the key that checks recovery data', () => {
    const { bytes } = adaptBinary(binary(asStrings(DATACENTERS.map(({ host }) => host))), ourKey)
    expect(bytes.includes(RECOVERY_KEY)).toBe(true)
  })

  test('moves IPv6 addresses out of reach', () => {
    const ipv6 = '2001:b28:f23d:f001::a\x002001:67c:4e8:f002::a\0'
    const input = Buffer.concat([binary(asStrings(DATACENTERS.map(({ host }) => host))), Buffer.from(ipv6)])
    const adapted = adaptBinary(input, ourKey)
    expect(adapted.ipv6).toBe(2)
    expect(adapted.bytes.includes('ff01:b28:f23d:f001::a\x00ff01:67c:4e8:f002::a\0')).toBe(true)
  })

  test.each([
    ['a datacenter', 'the address of DC 5', () => binary(asStrings(hosts('149.154.171.5')))],
    ['a test datacenter', 'the address of test DC 3', () => binary(asStrings(hosts('149.154.175.117')))],
    ['the test key', 'the test public key', () => binary(asStrings(hosts())).subarray(KEY_PEM_BYTES + 2)],
    ['everything', 'no public key and no datacenter address', () => Buffer.alloc(1000)],
  ])('names %s when it is missing', (_what, named, input) => {
    expect(() => adaptBinary(input(), ourKey)).toThrow(AdaptError)
    expect(() => adaptBinary(input(), ourKey)).toThrow(named)
  })

  test('refuses keys and nets that do not fit', () => {
    const input = binary(asStrings(hosts()))
    expect(() => adaptBinary(input, newKey(1024))).toThrow('2048 bits')
    expect(() => adaptBinary(input, 'nonsense')).toThrow('not a PEM')
    expect(() => adaptBinary(input, ourKey, '127.0')).toThrow('three digits')
    expect(() => adaptBinary(input, ourKey, '127.300')).toThrow('three digits')
  })
})

describe('chappe adapt', () => {
  let directory: string
  const at = (name: string): string => join(directory, name)

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chappe-adapt-'))
    await writeFile(at('key.pem'), ourKey)
    await writeFile(at('client'), binary(asStrings(hosts())))
    await chmod(at('client'), 0o755)
  })

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true })
  })

  test('adapts the TDLib of npm and says where it looks', async () => {
    const args = ['adapt', TDLIB, '--out', at('libtdjson.so'), '--key', at('key.pem'), '--net', '127.234']
    const { code, stdout } = await runChappe(args)
    expect(code).toBe(0)
    expect(stdout).toContain('2 public keys, 2 IPv4 and 8 IPv6 places')
    expect(stdout).toContain('--listen 127.0.0.1:8443,127.234.175.50:5222,127.234.167.51:5222')
    const [before, after] = await Promise.all([readFile(TDLIB), readFile(at('libtdjson.so'))])
    expect(after.length).toBe(before.length)
    expect(before.includes('149.154')).toBe(true)
    expect(after.includes('149.154')).toBe(false)
    expect(after.includes(ourKey.trimEnd())).toBe(true)
  })

  test('keeps the mode and never writes over what it reads', async () => {
    const { code } = await runChappe(['adapt', at('client'), '--out', at('mine'), '--key', at('key.pem')])
    expect(code).toBe(0)
    expect((await stat(at('mine'))).mode & 0o777).toBe(0o755)
    const over = await runChappe(['adapt', at('client'), '--out', at('client'), '--key', at('key.pem')])
    expect(over.code).toBe(2)
    expect(over.stderr).toMatch(/^chappe adapt: --out must not be the file that is read\n$/)
  })

  test('complains in one line, with exit code 2', async () => {
    for (const [args, complaint] of [
      [[at('absent'), '--out', at('x'), '--key', at('key.pem')], 'cannot be read'],
      [[at('client'), '--out', at('x'), '--data', directory], 'server.json is not there'],
      [[at('key.pem'), '--out', at('x'), '--key', at('key.pem')], 'no public key and no datacenter address'],
    ] as const) {
      const { code, stderr } = await runChappe(['adapt', ...args])
      expect(code).toBe(2)
      expect(stderr).toMatch(/^chappe adapt: .+\n$/)
      expect(stderr).toContain(complaint)
    }
  })
})

function newKey(modulusLength: number): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
  return publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()
}

/** The addresses of all datacenters but these. */
function hosts(...without: readonly string[]): string[] {
  return DATACENTERS.map(({ host }) => host).filter((host) => !without.includes(host))
}

/** Something like a client: keys, then addresses. */
function binary(addresses: Buffer, key?: string): Buffer {
  const shipped = SHIPPED_KEYS.map(({ begins }) => {
    const body = begins + 'x'.repeat(KEY_PEM_BYTES - HEADER.length - begins.length - FOOTER.length)
    return key?.trimEnd() ?? `${HEADER}${body}${FOOTER}`
  })
  return Buffer.concat([Buffer.from(`${[...shipped, RECOVERY_KEY].join('\0')}\0`), addresses])
}

function asStrings(hosts: readonly string[]): Buffer {
  return Buffer.from(hosts.map((host) => `${host}\0`).join(''), 'latin1')
}

/** `movabs r13, "\x1c149.154"` once, then `movabs rcx, ".175.50\0"` for each. */
function asWholeImmediates(hosts: readonly string[]): Buffer {
  const head = `I\xbd\x1c${hosts[0]!.slice(0, 7)}`
  const tails = hosts.map((host) => `H\xb9${host.slice(7).padEnd(8, '\0')}I\x89\x4f\x08`)
  return Buffer.from(head + tails.join(''), 'latin1')
}

/** `mov dword [r15+4], ".154"`, `mov dword [r15+1], "149."`, `movabs rcx, ".175.50\0"`; the first through rcx. */
function asHalfImmediates(hosts: readonly string[]): Buffer {
  const list = hosts.map((host, index) => {
    const halves = [host.slice(3, 7), host.slice(0, 4)]
    const stores = index === 0 ? ['\xc7A\x03', '\xc7\x01'] : ['A\xc7G\x04', 'A\xc7G\x01']
    return `${stores[0]}${halves[0]}${stores[1]}${halves[1]}H\xb9${host.slice(7).padEnd(8, '\0')}I\x89\x4f\x08`
  })
  return Buffer.from(list.join(''), 'latin1')
}
