import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'

/** What a message says: an event, or that events of its subject were lost. */
export type Content = { readonly event: unknown } | 'gap'

/** Makes messages of events, for a bus that others may write to as well. */
export interface Envelope {
  /** Throws when the event is no data. */
  close(subject: string, content: Content): Buffer
  /** Undefined: this is no message of this server, or one of a version that it does not know. */
  open(subject: string, message: Uint8Array): Content | undefined
}

/** One byte says what follows, in which form: 1, an event by `node:v8`; 2, nothing. */
const [EVENT, GAP] = [1, 2]
const PROOF_BYTES = 16
const HEAD_BYTES = 1 + PROOF_BYTES

/**
 * Messages carry a proof that they were written with this key and for this subject: what is read is only what a node of
 * the same server wrote.
 */
export function createEnvelope(key: Uint8Array): Envelope {
  const secret = createSecretKey(key)
  const proofOf = (subject: string, kind: number, body: Uint8Array): Buffer =>
    createHmac('sha256', secret).update(`${kind} ${subject}\n`).update(body).digest().subarray(0, PROOF_BYTES)

  return {
    close(subject, content) {
      const kind = content === 'gap' ? GAP : EVENT
      const body = content === 'gap' ? Buffer.alloc(0) : serialize(content.event)
      return Buffer.concat([Buffer.of(kind), proofOf(subject, kind, body), body])
    },
    open(subject, message) {
      const kind = message[0]
      if (message.length < HEAD_BYTES || (kind !== EVENT && kind !== GAP)) return undefined
      // A copy: arrays of bytes in the event are parts of it, and the message's own memory is written to again.
      const body = Buffer.from(message.subarray(HEAD_BYTES))
      if (!timingSafeEqual(proofOf(subject, kind, body), message.subarray(1, HEAD_BYTES))) return undefined
      return kind === GAP ? 'gap' : { event: deserialize(body) as unknown }
    },
  }
}
