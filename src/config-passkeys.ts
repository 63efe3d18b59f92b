import { isIP } from 'node:net'
import type { Option } from './config-option.ts'

/** The options of signing in with passkeys. */
export const PASSKEY_OPTIONS: readonly Option[] = [
  {
    name: 'passkey-domain',
    value: 'DOMAIN',
    fallback: '--public-host, or localhost when that is an address',
    help: 'The domain that passkeys belong to, such as example.org: pages there and on its subdomains can use them, and apps that it vouches for. Passkeys made for another domain are lost when it changes.',
  },
]

/** Reads --passkey-domain. A passkey can belong to no address. `fail` throws what is wrong. */
export function parsePasskeyDomain(
  text: string | undefined,
  publicHost: string,
  fail: (message: string) => never,
): string {
  if (text === undefined) return isIP(publicHost) === 0 ? publicHost.toLowerCase() : 'localhost'
  const domain = text.toLowerCase()
  if (isIP(domain) !== 0 || !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(domain))
    fail(`--passkey-domain: "${text}" is no domain, such as example.org`)
  return domain
}
