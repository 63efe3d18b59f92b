/**
 * What stands compiled into a client's binary: where it looks for datacenters, and whose keys it trusts.
 *
 * Spec: https://core.telegram.org/resources/datacenters (the addresses), https://core.telegram.org/mtproto/auth_key
 */

export interface Datacenter {
  readonly id: number
  readonly isTest: boolean
  /** The address as shipped. */
  readonly host: string
}

/** Every one of these must be found: a client that keeps one of them would talk to somebody else. */
export const DATACENTERS: readonly Datacenter[] = [
  { id: 1, isTest: false, host: '149.154.175.50' },
  { id: 2, isTest: false, host: '149.154.167.51' },
  { id: 3, isTest: false, host: '149.154.175.100' },
  { id: 4, isTest: false, host: '149.154.167.91' },
  { id: 5, isTest: false, host: '149.154.171.5' },
  { id: 1, isTest: true, host: '149.154.175.10' },
  { id: 2, isTest: true, host: '149.154.167.40' },
  { id: 3, isTest: true, host: '149.154.175.117' },
]

/** The ports that clients try at each address, in this order. */
export const PORTS: readonly number[] = [443, 80, 5222]

/** The first two octets of all the addresses above. */
export const SHIPPED_NET = '149.154'

/** Where `adapt` moves them unless told otherwise: loopback, as all of 127.0.0.0/8 is. */
export const DEFAULT_NET = '127.100'

/** The keys to replace, told by how their base64 begins. A client's third key checks recovery data and stays. */
export const SHIPPED_KEYS: readonly { readonly name: string; readonly begins: string }[] = [
  { name: 'the production public key', begins: 'MIIBCgKCAQEA6LszBcC1' },
  { name: 'the test public key', begins: 'MIIBCgKCAQEAyMEdY1aR' },
]

/** The PEM of any RSA key of 2048 bits with exponent 65537, without the last line feed. */
export const KEY_PEM_BYTES = 425

/** A string to look for, and the one of the same length to put there. */
export interface Rewrite {
  readonly from: string
  readonly to: string
}

/**
 * Prefixes of addresses. A compiler keeps a short string as bytes, as one 64-bit immediate (with its length doubled
 * in front, where the standard library is libc++), or as two overlapping 32-bit immediates.
 */
export interface Prefixes {
  /** Looked for as they stand. */
  readonly whole: readonly Rewrite[]
  /** Seven characters, stored as the overlapping halves 0–3 and 3–6 by two neighbouring instructions. */
  readonly halves: readonly Rewrite[]
}

/** The prefixes of IPv4 addresses, moved to `net`. The second address of DC 2 goes where nothing listens. */
export function ipv4Prefixes(net: string): Prefixes {
  const main = { from: SHIPPED_NET, to: net }
  const second = { from: '95.161.', to: '127.95.' }
  return {
    whole: [
      { from: `${main.from}.`, to: `${main.to}.` },
      ...['\x1a', '\x1c', '\x1e'].map((size) => ({ from: size + main.from, to: size + main.to })),
      { from: `${second.from}7`, to: `${second.to}7` },
      { from: `\x1a${second.from}`, to: `\x1a${second.to}` },
    ],
    halves: [main, second],
  }
}

/** The prefixes of IPv6 addresses, moved to multicast within the machine, where connecting fails at once. */
export const IPV6_PREFIXES: Prefixes = {
  whole: [
    { from: '2001:b28:f23', to: 'ff01:b28:f23' },
    { from: '2001:67c:4e8', to: 'ff01:67c:4e8' },
    { from: '2001:0b28:f23', to: 'ff01:0b28:f23' },
    { from: '2001:067c:04e8', to: 'ff01:067c:04e8' },
    { from: '\x2a2001:b2', to: '\x2aff01:b2' },
    { from: '\x282001:67', to: '\x28ff01:67' },
  ],
  halves: [
    { from: '2001:b2', to: 'ff01:b2' },
    { from: '2001:67', to: 'ff01:67' },
  ],
}
