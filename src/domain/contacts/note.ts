import { decodeObject } from '../../tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../tl/encode.ts'
import type * as T from '../../tl/schema.d.ts'
import { NOTE_LENGTH } from './limits.ts'

/** A note on a contact as it is stored: null for none and for one that is too long. */
export function packNote(note: T.TextWithEntities | undefined): Uint8Array | null {
  if (!note || note.text === '' || note.text.length > NOTE_LENGTH) return null
  return codecFor(NEWEST_LAYER).encode(note, 'TextWithEntities')
}

/** A stored note. */
export function unpackNote(stored: Uint8Array | null | undefined): T.TextWithEntities | undefined {
  // Only packNote writes that column.
  return stored ? (decodeObject(stored) as T.textWithEntities) : undefined
}
