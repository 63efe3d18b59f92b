import { TlReader, TlError } from '../tl/reader.ts'
import { sha1 } from './crypto/hash.ts'
import { removeRsaPad, removeSha1Pad, rsaDecrypt } from './crypto/rsa.ts'
import { ID } from './ids.ts'
import type { ServerKey } from './server-key.ts'

/**
 * What a client proves its work with.
 * https://core.telegram.org/mtproto/auth_key#4-encrypted-data-payload-generation
 */
export interface InnerData {
  readonly pq: Uint8Array
  readonly p: Uint8Array
  readonly q: Uint8Array
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
  readonly newNonce: Uint8Array
  /** With 10,000 added for test servers, negative for media; undefined when the client does not say. */
  readonly dc: number | undefined
  /** How long the key shall live; undefined for a permanent one. */
  readonly expiresInSec: number | undefined
}

/** Decrypts P_Q_inner_data with either padding that clients use; undefined when it fits neither. */
export function openInnerData(rsa: ServerKey, encrypted: Uint8Array): InnerData | undefined {
  const padded = rsaDecrypt(rsa.privateKey, encrypted)
  if (!padded) return undefined
  const data = removeRsaPad(padded)
  if (data) return readInnerData(data)?.inner
  const old = removeSha1Pad(padded)
  const read = old && readInnerData(old.data)
  if (!read || !sha1(old.data.subarray(0, read.length)).equals(old.hash)) return undefined
  return read.inner
}

function readInnerData(data: Uint8Array): { inner: InnerData; length: number } | undefined {
  return orUndefined(() => {
    const reader = new TlReader(data)
    const id = reader.int()
    const hasDc = id === ID.pqInnerDataDc || id === ID.pqInnerDataTempDc
    const isTemporary = id === ID.pqInnerDataTemp || id === ID.pqInnerDataTempDc
    if (id !== ID.pqInnerData && !hasDc && !isTemporary) return undefined
    const inner: InnerData = {
      pq: reader.bytes(),
      p: reader.bytes(),
      q: reader.bytes(),
      nonce: reader.int128(),
      serverNonce: reader.int128(),
      newNonce: reader.int256(),
      dc: hasDc ? reader.int() : undefined,
      expiresInSec: isTemporary ? reader.int() : undefined,
    }
    return { inner, length: reader.position }
  })
}

/** https://core.telegram.org/mtproto/auth_key#7-client-computes-random-2048-bit-number-b-using-a-sufficient-amount-of-entropy-and-sends-the-server-a-message */
export interface ClientDhData {
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
  readonly retryId: bigint
  readonly gB: Uint8Array
}

/** Reads SHA-1, client_DH_inner_data and padding, already decrypted; undefined when they do not fit together. */
export function readClientDhData(dataWithHash: Uint8Array): ClientDhData | undefined {
  return orUndefined(() => {
    const data = dataWithHash.subarray(20)
    const reader = new TlReader(data)
    if (reader.int() !== ID.clientDhInnerData) return undefined
    const read: ClientDhData = {
      nonce: reader.int128(),
      serverNonce: reader.int128(),
      retryId: reader.long(),
      gB: reader.bytes(),
    }
    const isWhole = sha1(data.subarray(0, reader.position)).equals(dataWithHash.subarray(0, 20))
    return isWhole ? read : undefined
  })
}

/** What `read` returns; undefined when the bytes end too soon. */
function orUndefined<V>(read: () => V | undefined): V | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof TlError) return undefined
    throw error
  }
}
