import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import {
  DOCUMENT_ATTRIBUTES,
  DURATION_SEC,
  FILE_NAME_LENGTH,
  MIME_TYPE_LENGTH,
  SIDE,
  WAVEFORM_BYTES,
} from './limits.ts'
import { oneLine } from './plain.ts'

/** How the sender wants a document to be shown. */
interface Wish {
  readonly forceFile: boolean
  readonly nosoundVideo: boolean
}

/**
 * What a sender says of a document, in bounds and each thing once. As a file it is shown as nothing else; a video without
 * sound that is to stay a video is no animation. Attached stickers are not told: nobody could ask which they are.
 * https://core.telegram.org/type/DocumentAttribute
 */
export function documentAttributes(given: readonly T.DocumentAttribute[], wish: Wish): T.DocumentAttribute[] {
  const byName = new Map(given.slice(0, DOCUMENT_ATTRIBUTES).map((attribute) => [attribute._, attribute]))
  // A video tells its size itself.
  if (byName.has('documentAttributeVideo')) byName.delete('documentAttributeImageSize')
  if (wish.nosoundVideo) byName.delete('documentAttributeAnimated')
  if (wish.forceFile) for (const name of OF_PLAYERS) byName.delete(name)
  return [...byName.values()].flatMap((attribute) => checked(attribute) ?? [])
}

const OF_PLAYERS = [
  'documentAttributeAnimated',
  'documentAttributeVideo',
  'documentAttributeAudio',
  'documentAttributeSticker',
] as const

function checked(attribute: T.DocumentAttribute): T.DocumentAttribute | undefined {
  switch (attribute._) {
    case 'documentAttributeFilename': {
      const fileName = fileNameOf(attribute.fileName)
      return fileName === '' ? undefined : tl.documentAttributeFilename({ fileName })
    }
    case 'documentAttributeImageSize':
      return tl.documentAttributeImageSize({ w: within(attribute.w, SIDE), h: within(attribute.h, SIDE) })
    case 'documentAttributeAnimated':
      return tl.documentAttributeAnimated()
    case 'documentAttributeVideo':
      return tl.documentAttributeVideo({
        roundMessage: attribute.roundMessage,
        supportsStreaming: attribute.supportsStreaming,
        nosound: attribute.nosound,
        duration: within(attribute.duration, DURATION_SEC),
        w: within(attribute.w, SIDE),
        h: within(attribute.h, SIDE),
      })
    case 'documentAttributeAudio':
      return tl.documentAttributeAudio({
        voice: attribute.voice,
        duration: Math.trunc(within(attribute.duration, DURATION_SEC)),
        title: attribute.title && oneLine(attribute.title),
        performer: attribute.performer && oneLine(attribute.performer),
        waveform: attribute.waveform?.subarray(0, WAVEFORM_BYTES),
      })
    case 'documentAttributeSticker':
      // There are no sets that it could be of.
      return tl.documentAttributeSticker({
        alt: oneLine(attribute.alt),
        stickerset: tl.inputStickerSetEmpty(),
      })
    default:
      return undefined
  }
}

function within(number: number, most: number): number {
  return Number.isFinite(number) ? Math.min(Math.max(number, 0), most) : 0
}

/** The name of a file without the folders that it lay in. */
function fileNameOf(name: string): string {
  const line = oneLine(name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1))
  return [...line].slice(0, FILE_NAME_LENGTH).join('')
}

/** What kind of file it is said to be; what is no such name says nothing. */
export function mimeTypeOf(given: string): string {
  const isName = given.length <= MIME_TYPE_LENGTH && /^[\w.+-]+\/[\w.+-]+$/.test(given)
  return isName ? given.toLowerCase() : 'application/octet-stream'
}
