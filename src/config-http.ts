import { isIP } from 'node:net'
import type { Option } from './config-option.ts'

/** The options of what is served over HTTP. */
export const HTTP_OPTIONS: readonly Option[] = [
  {
    name: 'trusted-proxies',
    value: 'ADDRESS,…',
    fallback: '',
    help: 'The addresses or networks (10.0.0.0/8) of proxies of your own in front of the server, whose X-Forwarded-For, -Proto and -Host are believed.',
  },
]

/** Reads --trusted-proxies: addresses and networks. `fail` throws what is wrong. */
export function parseTrustedProxies(
  text: string | undefined,
  fail: (message: string) => never,
): readonly string[] {
  const networks = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  for (const network of networks) {
    const [address = '', prefix, ...more] = network.split('/')
    const version = isIP(address)
    const isPrefix =
      prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 6 ? 128 : 32))
    if (version === 0 || !isPrefix || more.length > 0)
      fail(`--trusted-proxies: "${network}" is no address and no network, such as 10.0.0.0/8`)
  }
  return networks
}
