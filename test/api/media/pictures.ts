import { randomBytes } from 'node:crypto'
import sharp from 'sharp'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { sentMessage, type Person } from '../../harness/people.ts'
import { upload } from '../upload/uploading.ts'

/** A picture of noise: no two are alike. */
export async function picture(
  width: number,
  height: number,
  format: 'jpeg' | 'png' = 'jpeg',
): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const create = { width, height, channels: 3, background: '#000000', noise } as const
  return await sharp({ create })[format]().toBuffer()
}

/** An uploaded photo to be sent. */
export async function uploadedPhoto(
  person: Person,
  width = 400,
  height = 300,
): Promise<T.inputMediaUploadedPhoto> {
  return tl.inputMediaUploadedPhoto({ file: await upload(person, await picture(width, height)) })
}

/** An uploaded document to be sent. */
export async function uploadedDocument(
  person: Person,
  attributes: T.DocumentAttribute[] = [],
  more: Partial<T.inputMediaUploadedDocument> = {},
): Promise<T.inputMediaUploadedDocument> {
  const file = await upload(person, randomBytes(3000))
  return tl.inputMediaUploadedDocument({ file, mimeType: 'application/pdf', attributes, ...more })
}

/** Sends media and returns the message as its sender has it. */
export async function sendMedia(
  from: Person,
  to: Person,
  media: T.InputMedia,
  more: Partial<Parameters<(typeof tl)['messages.sendMedia']>[0]> = {},
): Promise<T.message> {
  const peer = from === to ? tl.inputPeerSelf() : from.peer(to)
  const randomId = randomBytes(8).readBigInt64LE()
  return sentMessage(await from.call('messages.sendMedia', { peer, media, message: '', randomId, ...more }))
}

/** The photo of a message. */
export function photoOf(message: T.Message | undefined): T.photo {
  const media = message?._ === 'message' ? message.media : undefined
  if (media?._ === 'messageMediaPhoto' && media.photo?._ === 'photo') return media.photo
  throw new Error(`${message?._} has ${media?._}`)
}

/** The document of a message. */
export function documentOf(message: T.Message | undefined): T.document {
  const media = message?._ === 'message' ? message.media : undefined
  if (media?._ === 'messageMediaDocument' && media.document?._ === 'document') return media.document
  throw new Error(`${message?._} has ${media?._}`)
}
