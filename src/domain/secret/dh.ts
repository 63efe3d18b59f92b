import type { Context } from '../../context.ts'
import { DH_GENERATOR, DH_PRIME } from '../../mtproto/crypto/dh.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import { MAX_RANDOM_BYTES } from './limits.ts'

/** The version of the prime and its generator. Clients keep them, and check them anew when it changes. */
export const DH_VERSION = 1

/** In which group clients agree on a key, and bytes to mix with their own random ones. */
export interface DhConfig {
  readonly version: number
  readonly prime: Uint8Array
  readonly generator: number
  readonly random: Uint8Array
}

/** Throws RANDOM_LENGTH_INVALID. https://core.telegram.org/method/messages.getDhConfig */
export function dhConfig(ctx: Context, randomBytes: number): DhConfig {
  if (randomBytes < 0 || randomBytes > MAX_RANDOM_BYTES) throw rpcError('RANDOM_LENGTH_INVALID')
  return {
    version: DH_VERSION,
    prime: DH_PRIME,
    generator: DH_GENERATOR,
    random: ctx.random.bytes(randomBytes),
  }
}
