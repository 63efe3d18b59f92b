import { Reader, type Response } from 'mmdb-lib'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { BlockList, isIP } from 'node:net'
import { ConfigError, type Config } from '../../config.ts'

/** Where an address is, as far as it is known. */
export interface Whereabouts {
  /** ISO 3166-1, two capital letters; '' when it is not known. */
  readonly countryCode: string
  /** In English; '' when the database knows countries only. */
  readonly region: string
}

/** Tells where addresses are. Nobody outside is asked. */
export interface Geo {
  locate(ip: string): Promise<Whereabouts>
}

/**
 * A country database that ships as a package: CC0, from what the five registries of addresses publish (CC BY 4.0, NRO).
 */
const SHIPPED = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'
const COUNTRY = /^[A-Z]{2}$/

/** Networks that are in no country, whatever a database says: private, local, for documentation, multicast. */
const NOWHERE = {
  ipv4: `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3`,
  ipv6: '::/3 2001:db8::/32 4000::/2 8000::/1',
}

/**
 * Opens the database of addresses. The shipped one is read when it is first asked; one that the host names is read now.
 * Addresses that it does not know, such as those of a private network, are in the country that the host names. Throws
 * ConfigError.
 */
export async function openGeo(config: Pick<Config, 'geoDatabase' | 'country'>): Promise<Geo> {
  let reading: Promise<Reader<Response>> | undefined
  const reader = (): Promise<Reader<Response>> => (reading ??= read(config.geoDatabase))
  if (config.geoDatabase !== undefined) await reader()
  // One list would take an IPv4 address for the IPv6 address that it is written as.
  const nowhere = { ipv4: networks('ipv4'), ipv6: networks('ipv6') }
  return {
    async locate(ip) {
      const address = ip.replace(/^::ffff:(?=\d+\.)/i, '')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      const isSomewhere = isIP(address) !== 0 && !nowhere[family].check(address, family)
      const found = isSomewhere ? whereabouts((await reader()).get(address)) : undefined
      return found ?? { countryCode: config.country, region: '' }
    },
  }
}

function networks(family: 'ipv4' | 'ipv6'): BlockList {
  const blocks = new BlockList()
  for (const each of NOWHERE[family].split(/\s+/)) {
    const [address = '', prefix] = each.split('/')
    blocks.addSubnet(address, Number(prefix), family)
  }
  return blocks
}

async function read(path: string | undefined): Promise<Reader<Response>> {
  if (path === undefined) {
    return new Reader(await readFile(createRequire(import.meta.url).resolve(SHIPPED)))
  }
  try {
    return new Reader(await readFile(path))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`--geo-database: ${path} is no MMDB file that can be read: ${reason}`)
  }
}

/** The fields that the known kinds of databases have: one flat, one nested with names in languages. */
interface Entry {
  readonly country_code?: unknown
  readonly country?: { readonly iso_code?: unknown }
  readonly state1?: unknown
  readonly subdivisions?: readonly { readonly names?: { readonly en?: unknown } }[]
}

function whereabouts(response: Response | null): Whereabouts | undefined {
  const entry = response as Entry | null // A host's own file may hold anything; each field is looked at.
  const countryCode = textOf(entry?.country_code) || textOf(entry?.country?.iso_code)
  if (!COUNTRY.test(countryCode)) return undefined
  return { countryCode, region: textOf(entry?.state1) || textOf(entry?.subdivisions?.[0]?.names?.en) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
