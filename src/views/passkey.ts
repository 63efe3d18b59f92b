import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

/** A passkey in the list of its owner. https://core.telegram.org/constructor/passkey */
export function passkeyView(passkey: {
  readonly id: Uint8Array
  readonly name: string
  readonly createdAt: number
  readonly usedAt: number | null
}): T.passkey {
  return tl.passkey({
    id: Buffer.from(passkey.id).toString('base64url'),
    name: passkey.name,
    date: passkey.createdAt,
    lastUsageDate: passkey.usedAt ?? undefined,
  })
}
