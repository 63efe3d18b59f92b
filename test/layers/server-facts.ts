import { createHash, createPublicKey, publicEncrypt, randomBytes, constants } from 'node:crypto'

/** What a client must know of the server, and who is to log in. */
export interface Facts {
  readonly host: string
  readonly port: number
  readonly dc: number
  readonly publicKey: string
  readonly fingerprint: string
  readonly apiId: number
  readonly apiHash: string
  /** Where clients may keep files. */
  readonly directory: string
}

/** What libraries that keep their keys to themselves get in place of their way to encrypt; RSA of before RSA_PAD. */
export function oldRsaEncrypt(facts: Facts, data: Buffer): Buffer {
  const hash = createHash('sha1').update(data).digest()
  const padded = Buffer.concat([Buffer.from([0]), hash, data, randomBytes(255 - hash.length - data.length)])
  return publicEncrypt({ key: facts.publicKey, padding: constants.RSA_NO_PADDING }, padded)
}

/** The modulus, of 2048 bits; the exponent is 65537. */
export function modulusOf(facts: Facts): bigint {
  const { n } = createPublicKey(facts.publicKey).export({ format: 'jwk' })
  return BigInt(`0x${Buffer.from(n!, 'base64url').toString('hex')}`)
}
