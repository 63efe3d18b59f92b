import { createHash } from 'node:crypto'
import { clientKey, type ClientKey } from '../load/wire.ts'

/** The key of the n-th connection to the bare loop, which both sides know beforehand. */
export function bareKey(n: number): ClientKey {
  const parts = Array.from({ length: 8 }, (_, i) => createHash('sha256').update(`bare ${n} ${i}`).digest())
  return clientKey(Buffer.concat(parts))
}
