import type { Datacenter } from './config-datacenters.ts'
import type { Config, ListenAddress } from './config.ts'
import { must } from './lib/assert.ts'
import type { Door, ServedDcs } from './mtproto/served-dcs.ts'

/** What keys belong to; undefined when the server is the only datacenter and answers to every number. */
export function servedDcs({ datacenters: { here, elsewhere }, dc }: Config): ServedDcs | undefined {
  return here.length + elsewhere.length > 1 ? { ids: here, fallback: dc } : undefined
}

/**
 * Where to listen, and to which datacenter that leads. Of several in one process each has a port beside that of the
 * first address. The further addresses lead to all of them: clients that have addresses and ports compiled in, which
 * cannot differ by one, name their datacenter in the key exchange.
 */
export function addressesOf(config: Config): (ListenAddress & { readonly door: Door })[] {
  const { here } = config.datacenters
  const [first, ...others] = config.listen
  const { host, port } = must(first, 'a server listens somewhere')
  const isSeveral = here.length > 1
  const own = here.map((dc) => {
    return { host, port: port === 0 ? 0 : port + dc - config.dc, door: servedDcs(config) && dc }
  })
  const shared = isSeveral ? undefined : servedDcs(config)?.fallback
  return [...own, ...others.map((address) => ({ ...address, door: shared }))]
}

/** All datacenters by number, those of this process on the ports that they were given. */
export function datacentersOf(config: Config, ports: ReadonlyMap<number, number>): Datacenter[] {
  const { here, elsewhere } = config.datacenters
  const own = here.map((id) => ({ id, host: config.publicHost, port: ports.get(id) ?? 0 }))
  return [...own, ...elsewhere].sort((a, b) => a.id - b.id)
}

/** The one that the server names as its own. */
export function ownDatacenter(config: Config, ports: ReadonlyMap<number, number>): Datacenter {
  return { id: config.dc, host: config.publicHost, port: ports.get(config.dc) ?? 0 }
}
