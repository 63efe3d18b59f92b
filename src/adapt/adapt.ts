import { createPublicKey } from 'node:crypto'
import {
  DATACENTERS,
  DEFAULT_NET,
  IPV6_PREFIXES,
  KEY_PEM_BYTES,
  SHIPPED_KEYS,
  SHIPPED_NET,
} from './places.ts'
import { ipv4Prefixes } from './places.ts'
import type { Prefixes } from './places.ts'

/** The binary, the key or the net is not one that can be adapted. The message is for the user. */
export class AdaptError extends Error {
  override readonly name = 'AdaptError'
}

export interface Adapted {
  readonly bytes: Buffer
  /** How many copies of public keys, IPv4 and IPv6 prefixes were replaced. */
  readonly keys: number
  readonly ipv4: number
  readonly ipv6: number
}

/**
 * A copy of a client's binary that looks for its datacenters in `net` and trusts `publicKeyPem`. Nothing else
 * changes, neither a length nor an offset.
 *
 * Throws AdaptError naming what was not found.
 */
export function adaptBinary(input: Uint8Array, publicKeyPem: string, net: string = DEFAULT_NET): Adapted {
  const key = keyAsCompiledIn(publicKeyPem)
  checkNet(net)
  const bytes = Buffer.from(input)
  const missing: string[] = []

  const keys = SHIPPED_KEYS.map(({ name, begins }) => {
    const count = replaceKey(bytes, begins, key)
    if (count === 0) missing.push(name)
    return count
  })
  const prefixes = replacePrefixes(bytes, ipv4Prefixes(net))
  missing.push(...missingDatacenters(bytes, prefixes))
  if (missing.length > 0) throw new AdaptError(explainMissing(missing))

  const ipv6 = replacePrefixes(bytes, IPV6_PREFIXES)
  return { bytes, keys: keys.reduce((a, b) => a + b, 0), ipv4: prefixes.length, ipv6: ipv6.length }
}

/** Where a client that was adapted to `net` looks for a datacenter. */
export function adaptedHost(host: string, net: string): string {
  return net + host.slice(SHIPPED_NET.length)
}

/** The PEM text of an RSA public key as clients carry it: PKCS#1, lines of 64, no line feed at the end. */
function keyAsCompiledIn(pem: string): Buffer {
  let key
  try {
    // Once more by way of SPKI: Node 24 cannot export as PKCS#1 what it read as PKCS#1.
    key = createPublicKey(createPublicKey(pem).export({ type: 'spki', format: 'pem' }))
  } catch {
    throw new AdaptError('the key is not a PEM of an RSA key')
  }
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType !== 'rsa' || modulusLength !== 2048 || publicExponent !== 65537n) {
    throw new AdaptError('the key must be RSA of 2048 bits with exponent 65537, as the keys that it replaces')
  }
  const text = key.export({ type: 'pkcs1', format: 'pem' }).toString().trimEnd()
  if (text.length !== KEY_PEM_BYTES) {
    throw new AdaptError(
      `the key takes ${text.length} bytes as PEM, not the ${KEY_PEM_BYTES} that it must fill`,
    )
  }
  return Buffer.from(text, 'latin1')
}

function checkNet(net: string): void {
  const octets = /^(\d{3})\.(\d{3})$/.exec(net)?.slice(1).map(Number)
  if (!octets || octets.some((octet) => octet > 255 || octet < 100)) {
    throw new AdaptError(`the net must be two octets of three digits, such as ${DEFAULT_NET}, not ${net}`)
  }
}

function replaceKey(bytes: Buffer, begins: string, key: Buffer): number {
  const head = `-----BEGIN RSA PUBLIC KEY-----\n${begins}`
  const tail = '-----END RSA PUBLIC KEY-----'
  let count = 0
  for (const at of occurrences(bytes, head)) {
    const end = bytes.indexOf(tail, at, 'latin1') + tail.length
    if (end - at !== KEY_PEM_BYTES) continue
    key.copy(bytes, at)
    count++
  }
  return count
}

/** Replaces every prefix in whichever form it is found; returns where, in ascending order. */
function replacePrefixes(bytes: Buffer, prefixes: Prefixes): number[] {
  const found: number[] = []
  for (const { from, to } of prefixes.halves) {
    for (const at of occurrences(bytes, from.slice(0, 4))) {
      const second = secondHalf(bytes, at, from.slice(3))
      if (second === undefined) continue
      bytes.write(to.slice(0, 4), at, 'latin1')
      bytes.write(to.slice(3), second, 'latin1')
      found.push(at)
    }
  }
  for (const { from, to } of prefixes.whole) {
    for (const at of occurrences(bytes, from)) {
      bytes.write(to, at, 'latin1')
      found.push(at)
    }
  }
  return found.sort((a, b) => a - b)
}

/**
 * The position of `half` as the operand of the instruction just before or after the one whose operand is at `at`,
 * both of them x86's `mov dword ptr [register + n], immediate`.
 */
function secondHalf(bytes: Buffer, at: number, half: string): number | undefined {
  const own = opcodeLength(bytes, at)
  if (own === undefined) return undefined
  const before = at - own - 4
  if (holds(bytes, before, half) && opcodeLength(bytes, before) !== undefined) return before
  for (let length = 2; length <= 4; length++) {
    const after = at + 4 + length
    if (holds(bytes, after, half) && opcodeLength(bytes, after) === length) return after
  }
  return undefined
}

/** How many bytes of such an instruction stand before its operand at `at`: prefix, opcode, register, displacement. */
function opcodeLength(bytes: Buffer, at: number): number | undefined {
  for (const length of [3, 2]) {
    if (bytes[at - length] !== 0xc7) continue
    const prefix = bytes[at - length - 1] ?? 0
    return prefix >= 0x40 && prefix <= 0x4f ? length + 1 : length
  }
  return undefined
}

function holds(bytes: Buffer, at: number, text: string): boolean {
  return at >= 0 && bytes.toString('latin1', at, at + text.length) === text
}

/** How far after a prefix the rest of an address may stand: the code that builds the whole list of them. */
const LIST_BYTES = 8192

function missingDatacenters(bytes: Buffer, prefixes: readonly number[]): string[] {
  const isPresent = (rest: string): boolean =>
    prefixes.some((at) => bytes.subarray(at, at + LIST_BYTES).includes(rest, 0, 'latin1'))
  return DATACENTERS.filter(({ host }) => {
    const rest = host.slice(SHIPPED_NET.length)
    // The terminating zero tells .175.10 from .175.100; eight characters fill their register without one.
    return !isPresent(rest.length < 8 ? `${rest}\0` : rest)
  }).map(({ id, isTest, host }) => `the address of ${isTest ? 'test ' : ''}DC ${id} (${host})`)
}

function explainMissing(missing: readonly string[]): string {
  const known = 'Known are TDLib as a shared library for x86-64 and desktop client binaries, as shipped.'
  if (missing.length === DATACENTERS.length + SHIPPED_KEYS.length) {
    return `no public key and no datacenter address in a form that can be replaced. ${known}`
  }
  return `not found: ${missing.join(', ')}. ${known}`
}

function* occurrences(bytes: Buffer, text: string): Generator<number> {
  for (let at = bytes.indexOf(text, 0, 'latin1'); at >= 0; at = bytes.indexOf(text, at + 1, 'latin1'))
    yield at
}
