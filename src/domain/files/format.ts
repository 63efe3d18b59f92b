import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** Kinds of files, as they are stored. */
const Format = {
  unknown: 0,
  jpeg: 1,
  gif: 2,
  png: 3,
  pdf: 4,
  mp3: 5,
  mov: 6,
  mp4: 7,
  webp: 8,
} as const

/** How many bytes of a file tell what it is. */
export const FORMAT_BYTES = 16

/** What a file is by its first bytes. */
export function formatOf(head: Uint8Array): number {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, FORMAT_BYTES)).toString(
    'latin1',
  )
  if (text.startsWith('\xff\xd8\xff')) return Format.jpeg
  if (text.startsWith('GIF8')) return Format.gif
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return Format.png
  if (text.startsWith('%PDF-')) return Format.pdf
  if (text.startsWith('ID3') || /^\xff[\xf2\xf3\xfa\xfb]/.test(text)) return Format.mp3
  if (text.slice(4, 8) === 'ftyp') return text.slice(8, 10) === 'qt' ? Format.mov : Format.mp4
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return Format.webp
  return Format.unknown
}

/** The kind of a file as the API has it. https://core.telegram.org/type/storage.FileType */
export function formatView(format: number): T.storage.FileType {
  switch (format) {
    case Format.jpeg:
      return tl['storage.fileJpeg']()
    case Format.gif:
      return tl['storage.fileGif']()
    case Format.png:
      return tl['storage.filePng']()
    case Format.pdf:
      return tl['storage.filePdf']()
    case Format.mp3:
      return tl['storage.fileMp3']()
    case Format.mov:
      return tl['storage.fileMov']()
    case Format.mp4:
      return tl['storage.fileMp4']()
    case Format.webp:
      return tl['storage.fileWebp']()
    default:
      return tl['storage.fileUnknown']()
  }
}
