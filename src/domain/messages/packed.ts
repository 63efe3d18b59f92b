import { decodeObject, decodePrefix } from '../../tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import type { TlObject } from '../../tl/object.ts'
import { TlReader } from '../../tl/reader.ts'
import type * as T from '../../tl/schema.d.ts'

/** Nested values are stored as TL, which the decoder of every later version reads. */

/** The TL of one value. */
export function pack(value: T.AnyObject, union: string): Uint8Array {
  return codecFor(NEWEST_LAYER).encode(value, union)
}

/** The TL of several values, one after the other; null for none. */
export function packAll(values: readonly T.AnyObject[], union: string): Uint8Array | null {
  if (values.length === 0) return null
  return Buffer.concat(values.map((value) => pack(value, union)))
}

/** The value that `pack` wrote; the column says of which union. */
export function unpack(bytes: Uint8Array | null): TlObject | undefined {
  return bytes === null ? undefined : decodeObject(bytes)
}

/** The values that `packAll` wrote; the column says of which union. */
export function unpackAll(bytes: Uint8Array | null): TlObject[] | undefined {
  if (bytes === null) return undefined
  const reader = new TlReader(bytes)
  const values: TlObject[] = []
  while (reader.remaining > 0) values.push(decodePrefix(reader))
  return values
}
