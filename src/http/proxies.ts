import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { TLSSocket } from 'node:tls'

/** The most hops of X-Forwarded-For that are looked at. */
const MAX_HOPS = 32

/** Finds out who is behind a request when proxies of the host's own stand in front of the server. */
export class Proxies {
  readonly #trusted = new BlockList()

  /** `networks` are addresses, or networks as 10.0.0.0/8. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/')
      const family = isIPv6(address) ? 'ipv6' : 'ipv4'
      if (prefix === undefined) this.#trusted.addAddress(address, family)
      else this.#trusted.addSubnet(address, Number(prefix), family)
    }
  }

  /** The address of whoever asks: the last one in the chain that is no proxy of ours. */
  addressOf(request: IncomingMessage): string {
    let address = plain(request.socket.remoteAddress ?? '')
    if (!this.#trusts(address)) return address
    const hops = headerOf(request, 'x-forwarded-for').split(',').slice(-MAX_HOPS).toReversed()
    for (const hop of hops) {
      const next = plain(hop.trim())
      if (isIP(next) === 0) return address
      address = next
      if (!this.#trusts(address)) return address
    }
    return address
  }

  /** Whether the request came over https, to us or to a proxy of ours. */
  isSecure(request: IncomingMessage): boolean {
    if (request.socket instanceof TLSSocket) return true
    const isOurs = this.#trusts(plain(request.socket.remoteAddress ?? ''))
    return isOurs && headerOf(request, 'x-forwarded-proto').split(',').at(-1)?.trim() === 'https'
  }

  /** The host and port that the browser asked for. */
  hostOf(request: IncomingMessage): string {
    const isOurs = this.#trusts(plain(request.socket.remoteAddress ?? ''))
    const forwarded = isOurs ? headerOf(request, 'x-forwarded-host').split(',').at(-1)?.trim() : undefined
    return (forwarded || request.headers.host) ?? ''
  }

  #trusts(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }
}

/** An IPv4 address that came over a socket for both kinds is written as IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}
