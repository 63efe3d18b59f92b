/** An IPv4 address that came as an IPv6 one. */
const MAPPED = /^::ffff:(?=\d+\.)/i

/** Whether only this machine has the address. */
export function isLoopback(host: string): boolean {
  const address = host.replace(MAPPED, '')
  return address === 'localhost' || address === '::1' || address.startsWith('127.')
}

/** What belongs to one customer of a network: an IPv4 address, or the 2^64 addresses that whoever has one in IPv6 has. */
export function networkOf(ip: string): string {
  const address = ip.replace(MAPPED, '')
  if (!address.includes(':')) return address
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array.from({ length: Math.max(8 - before.length - after.length, 0) }, () => '0')
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16).toString(16))
  return `${groups.slice(0, 4).join(':')}::/64`
}
