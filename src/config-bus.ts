import type { BusAddress } from './bus/nats.ts'
import type { Option } from './config-option.ts'

/** The options of what nodes tell each other by. */
export const BUS_OPTIONS: readonly Option[] = [
  {
    name: 'bus',
    value: 'URL,…',
    fallback: 'none: this process is the only one that uses its database',
    help: 'The NATS server by which several processes with the same database tell each other of changes at once: nats://host:port, or tls://; user:password@ or token@ before the host, and /NAME after it to tell apart servers whose keys are copies of each other. Several URLs, comma-separated, are servers of one cluster. Set the variable when there is a password: command lines can be read by others.',
  },
]

const DEFAULT_PORT = '4222'

/** Reads --bus. `fail` throws what is wrong, and is told nothing secret. */
export function parseBus(text: string | undefined, fail: (message: string) => never): BusAddress | undefined {
  if (text === undefined) return undefined
  const urls = text.split(',').map((part) => parseUrl(part.trim(), fail))
  const [first] = urls as [URL, ...URL[]]
  const name = first.pathname.replace(/^\//, '')
  if (!/^[A-Za-z0-9_-]{0,32}$/.test(name))
    fail('--bus: the name after the host has at most 32 letters, digits, - and _')
  const isSame = (url: URL): boolean => url.protocol === first.protocol && url.pathname === first.pathname
  if (!urls.every(isSame)) fail('--bus: all URLs begin with the same scheme and end with the same name')
  const [user, password] = [decode(first.username, fail), decode(first.password, fail)]
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || DEFAULT_PORT}`),
    isTls: first.protocol === 'tls:',
    user: password === '' ? undefined : user,
    password: password === '' ? undefined : password,
    token: password === '' && user !== '' ? user : undefined,
    name,
  }
}

function parseUrl(text: string, fail: (message: string) => never): URL {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'nats:' && url.protocol !== 'tls:') || url.hostname === '')
    return fail('--bus: a URL must begin with nats://HOST or tls://HOST')
  if (url.search !== '' || url.hash !== '') return fail('--bus: a URL has no ? and no #')
  return url
}

function decode(text: string, fail: (message: string) => never): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return fail('--bus: in user and password, % begins a code of two hexadecimal digits')
  }
}
