import { hash } from 'node:crypto'

/** SHA-1 of the bytes. */
export function sha1(bytes: Uint8Array): Buffer {
  return hash('sha1', bytes, 'buffer')
}

/** SHA-256 of the bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer')
}
