import { readFileSync } from 'node:fs'
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Option } from './config-option.ts'

/** A datacenter, and where clients find it. */
export interface Datacenter {
  readonly id: number
  readonly host: string
  readonly port: number
  /** PKCS#1, where it is another one than this server's. */
  readonly publicKey?: string
}

/** Which datacenters there are. */
export interface Datacenters {
  /** Those that this process serves. One that is alone answers to every number. */
  readonly here: readonly number[]
  /** Those that other processes serve, with the same database. */
  readonly elsewhere: readonly Datacenter[]
  /** To which one addresses are nearest; the first rule that fits holds. None fits: where they connect to. */
  readonly nearest: readonly NearestRule[]
}

/** Addresses that are nearest to a datacenter. */
export interface NearestRule {
  readonly isIn: (ip: string) => boolean
  readonly dc: number
}

/** The options that say which datacenters there are. */
export const DATACENTER_OPTIONS: readonly Option[] = [
  {
    name: 'dc',
    value: 'N',
    fallback: '2',
    help: 'The number of the datacenter that this server is, 1 to 1000.',
  },
  {
    name: 'dcs',
    value: 'COUNT|FILE',
    fallback: 'one, which answers to every number',
    help: 'Several datacenters. A count (`3`): this process is 1 to 3 of them; the first address of --listen is that of --dc, each other datacenter has the port as much higher or lower as its number (port 0: a free one each), and all further addresses serve all of them, told apart by the number that a client names in its key exchange. A file: the datacenters of other processes with the same database and the same DATA/keys/master.key, as a JSON list of {"id", "host", "port", "publicKey"}.',
  },
  {
    name: 'nearest-dc',
    value: 'NET=N,…',
    fallback: 'the datacenter that a client connects to',
    help: 'The datacenter that new numbers from these addresses are sent to: `10.0.0.0/8=1,::/0=3`, or a number for all.',
  },
]

const MAX_DC = 1000
const MAX_PORT = 65_535
const MAX_HERE = 32

interface Parsing {
  /** The value that was given for an option. */
  readonly given: (name: string) => string | undefined
  /** The port of the first address. */
  readonly port: number
  /** Throws for whoever typed it. */
  readonly fail: (message: string) => never
}

/** The number of this datacenter. */
export function parseDc({ given, fail }: Parsing): number {
  const text = given('dc') ?? '2'
  const dc = Number(text)
  return isDc(dc) ? dc : fail(`--dc: "${text}" is no number from 1 to ${MAX_DC}`)
}

/** Reads --dcs, with the file that it names, and --nearest-dc. */
export function parseDatacenters(dc: number, parsing: Parsing): Datacenters {
  const text = parsing.given('dcs')
  const isCount = text !== undefined && /^\d+$/.test(text)
  const here = isCount ? parseCount(dc, Number(text), parsing) : [dc]
  const elsewhere = text === undefined || isCount ? [] : readElsewhere(dc, text, parsing)
  const ids = [...here, ...elsewhere.map((each) => each.id)]
  return { here, elsewhere, nearest: parseNearest(ids, parsing) }
}

function isDc(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_DC
}

function parseCount(dc: number, count: number, { port, fail }: Parsing): number[] {
  if (count < 1 || count > MAX_HERE) fail(`--dcs: a process serves 1 to ${MAX_HERE} datacenters`)
  if (count > 1 && dc > count) fail(`--dcs ${count}: --dc ${dc} is none of them`)
  if (count === 1) return [dc]
  const highest = port + count - dc
  if (port > 0 && (port + 1 - dc < 1 || highest > MAX_PORT))
    fail(`--dcs ${count}: there are no ${count} ports around ${port}`)
  return Array.from({ length: count }, (_, index) => index + 1)
}

function readElsewhere(dc: number, path: string, { fail }: Parsing): Datacenter[] {
  let list: unknown
  try {
    list = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return fail(`--dcs: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!Array.isArray(list)) return fail(`--dcs: ${path} is no JSON list`)
  const read = list.map((each: unknown, index) => {
    return readDatacenter(each) ?? fail(`--dcs: ${path}: entry ${index + 1} is no {"id", "host", "port"}`)
  })
  // The file may name this datacenter too, so that all nodes can share it.
  const others = read.filter((each) => each.id !== dc)
  if (new Set(others.map((each) => each.id)).size < others.length) fail(`--dcs: ${path} names one twice`)
  return others
}

function readDatacenter(value: unknown): Datacenter | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, host, port, publicKey } = value as Readonly<Record<string, unknown>>
  if (!isDc(id) || typeof host !== 'string' || !isIP(host)) return undefined
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > MAX_PORT) return undefined
  if (publicKey !== undefined && typeof publicKey !== 'string') return undefined
  return publicKey === undefined ? { id, host, port } : { id, host, port, publicKey }
}

function parseNearest(ids: readonly number[], { given, fail }: Parsing): NearestRule[] {
  const text = given('nearest-dc')
  if (text === undefined) return []
  return text.split(',').map((part) => {
    const [net, number] = part.includes('=') ? part.trim().split('=') : [undefined, part.trim()]
    const dc = Number(number)
    if (!ids.includes(dc)) return fail(`--nearest-dc: "${part}" names none of the datacenters`)
    if (net === undefined) return { isIn: () => true, dc }
    const isIn = parseNet(net)
    return isIn ? { isIn, dc } : fail(`--nearest-dc: "${net}" is no net, such as 10.0.0.0/8`)
  })
}

/** Whether an address is in a net; IPv4 addresses may come as IPv6 ones. */
function parseNet(text: string): ((ip: string) => boolean) | undefined {
  const [address = '', bits] = text.split('/')
  const length = Number(bits)
  if (!isIP(address) || bits === undefined || !/^\d+$/.test(bits)) return undefined
  if (length > (isIPv6(address) ? 128 : 32)) return undefined
  const net = new BlockList()
  net.addSubnet(address, length, familyOf(address))
  return (ip) => {
    const plain = ip.replace(/^::ffff:/, '')
    return isIP(plain) > 0 && net.check(plain, familyOf(plain))
  }
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIPv6(ip) ? 'ipv6' : 'ipv4'
}
