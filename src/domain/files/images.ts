import type { Sharp, SharpOptions } from 'sharp'
import { assert } from '../../lib/assert.ts'
import type { Slots } from '../../lib/slots.ts'
import { rpcError, type ErrorName } from '../../tl/rpc-error.ts'
import { IMAGE_BYTES, IMAGE_SECONDS, IMAGE_SIDES, IMAGE_SIDES_RATIO, PROFILE_SIDE } from './image-limits.ts'

/** A photo in its sizes: https://core.telegram.org/api/files#image-thumbnail-types */
export interface MadePhoto {
  /** From the smallest to the largest. */
  readonly sizes: readonly MadeSize[]
  /** The bytes of a photoStrippedSize of type `i`. */
  readonly stripped: Uint8Array
}

/** One size: a JPEG that has nothing but the image. */
export interface MadeSize {
  readonly type: string
  readonly w: number
  readonly h: number
  readonly bytes: Uint8Array
}

/** What making photos needs of the context. */
interface Workshop {
  readonly images: Slots
}

/** Sizes of photos fit into a square of that side; those of profile photos are cropped to it. */
const BOXES = { s: 100, m: 320, x: 800, y: 1280, w: 2560 } as const
const CROPS = { a: 160, b: 320, c: 640 } as const
/** The sizes of a profile photo that clients ask for by its owner. */
export const SMALL_CROP = 'a'
export const BIG_CROP = 'c'
const STRIPPED_BOX = 40
const QUALITY = 85

/**
 * The sizes of a photo, as far up as the image goes. `read` is called once it is the image's turn, so that those which
 * wait hold no memory. Throws PHOTO_EXT_INVALID for what is no image, PHOTO_INVALID_DIMENSIONS, IMAGE_PROCESS_FAILED for
 * what is broken or too much, WORKER_BUSY_TOO_LONG_RETRY.
 */
export async function makePhoto(ctx: Workshop, read: () => Promise<Uint8Array>): Promise<MadePhoto> {
  return await inTurn(ctx, async () => {
    const image = await openImage(await read(), 'PHOTO_INVALID_DIMENSIONS')
    const side = Math.max(image.width, image.height)
    const pixels = await render(image.input.resize({ ...fitting(BOXES.w), withoutEnlargement: true }))
    const boxes = Object.entries(BOXES).filter((_, index, all) => (all[index - 1]?.[1] ?? 0) < side)
    return await inSizes(pixels, boxes, fitting)
  })
}

/** What is shown of an image that is sent as a document: one size, `m`. Throws as `makePhoto`. */
export async function makeThumbnail(ctx: Workshop, read: () => Promise<Uint8Array>): Promise<MadePhoto> {
  return await inTurn(ctx, async () => {
    const image = await openImage(await read(), 'PHOTO_INVALID_DIMENSIONS')
    const pixels = await render(image.input.resize({ ...fitting(BOXES.m), withoutEnlargement: true }))
    return await inSizes(pixels, [['m', BOXES.m]], fitting)
  })
}

/**
 * The sizes of a profile photo: the middle of the image, always in all of them. Throws PHOTO_EXT_INVALID,
 * PHOTO_CROP_SIZE_SMALL, IMAGE_PROCESS_FAILED, WORKER_BUSY_TOO_LONG_RETRY.
 */
export async function makeProfilePhoto(ctx: Workshop, read: () => Promise<Uint8Array>): Promise<MadePhoto> {
  return await inTurn(ctx, async () => {
    const image = await openImage(await read(), 'IMAGE_PROCESS_FAILED')
    if (Math.min(image.width, image.height) < PROFILE_SIDE) throw rpcError('PHOTO_CROP_SIZE_SMALL')
    const pixels = await render(image.input.resize(cropping(CROPS.c)))
    return await inSizes(pixels, Object.entries(CROPS), cropping)
  })
}

async function inTurn(ctx: Workshop, make: () => Promise<MadePhoto>): Promise<MadePhoto> {
  if (ctx.images.isFull) throw rpcError('WORKER_BUSY_TOO_LONG_RETRY')
  return await ctx.images.run(make)
}

interface OpenedImage {
  readonly input: Sharp
  readonly width: number
  readonly height: number
}

/** Reads what an image says of itself; nothing larger than its header is decoded before that is found good. */
async function openImage(bytes: Uint8Array, wrongSides: ErrorName): Promise<OpenedImage> {
  if (!isKnownImage(bytes)) throw rpcError('PHOTO_EXT_INVALID')
  if (bytes.length > IMAGE_BYTES) throw rpcError('IMAGE_PROCESS_FAILED')
  const asking = await sharpOf(bytes, { limitInputPixels: false, failOn: 'error' })
  const { width, height } = (await asking.metadata().catch(refuse)).autoOrient
  const isTooLong = Math.max(width, height) > IMAGE_SIDES_RATIO * Math.min(width, height)
  if (isTooLong || width + height > IMAGE_SIDES) throw rpcError(wrongSides)
  const limitInputPixels = (IMAGE_SIDES / 2) ** 2
  const input = await sharpOf(bytes, { limitInputPixels, failOn: 'error', sequentialRead: true })
  input.timeout({ seconds: IMAGE_SECONDS }).autoOrient().flatten({ background: '#ffffff' })
  return { input: input.toColourspace('srgb'), width, height }
}

/** The library is loaded for the first image only: with that, a server starts a tenth of a second later. */
async function sharpOf(bytes: Uint8Array, options: SharpOptions): Promise<Sharp> {
  const { default: sharp } = await import('sharp')
  return sharp(bytes, options)
}

/** Whether bytes begin as one of the formats that are read: JPEG, PNG, GIF, WebP. What could refer to more is none. */
function isKnownImage(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12)).toString('hex')
  return /^(?:ffd8ff|89504e470d0a1a0a|4749463839|4749463837|52494646.{8}57454250)/.test(head)
}

/** Three bytes for each pixel. */
interface Pixels {
  readonly data: Buffer
  readonly width: number
  readonly height: number
}

/** Decodes an image, which is the one step that what somebody sent can make fail. */
async function render(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true }).catch(refuse)
  assert(info.channels === 3, 'an image in sRGB has three channels')
  return { data, width: info.width, height: info.height }
}

function refuse(): never {
  throw rpcError('IMAGE_PROCESS_FAILED')
}

function fitting(side: number) {
  return { width: side, height: side, fit: 'inside' } as const
}

function cropping(side: number) {
  return { width: side, height: side, fit: 'cover' } as const
}

async function inSizes(
  pixels: Pixels,
  boxes: readonly (readonly [type: string, side: number])[],
  resizing: typeof fitting | typeof cropping,
): Promise<MadePhoto> {
  const sizes: MadeSize[] = []
  for (const [type, side] of boxes) {
    const resized = (await fromRaw(pixels)).resize({ ...resizing(side), withoutEnlargement: true })
    const { data, info } = await resized.jpeg({ quality: QUALITY }).toBuffer({ resolveWithObject: true })
    sizes.push({ type, w: info.width, h: info.height, bytes: data })
  }
  return { sizes, stripped: await strip(pixels) }
}

async function fromRaw({ data, width, height }: Pixels): Promise<Sharp> {
  return await sharpOf(data, { raw: { width, height, channels: 3 } })
}

/**
 * A thumbnail without what is the same in all: clients put a header of a fixed form before it, with tables of quality 20,
 * halved colours and the standard codes, so it has to be written with exactly these.
 * https://core.telegram.org/api/files#stripped-thumbnails
 */
async function strip(pixels: Pixels): Promise<Uint8Array> {
  const { data, info } = await (
    await fromRaw(pixels)
  )
    .resize({ ...fitting(STRIPPED_BOX), withoutEnlargement: true })
    .jpeg({ quality: 20, chromaSubsampling: '4:2:0', optimiseCoding: false, progressive: false })
    .toBuffer({ resolveWithObject: true })
  const scan = data.indexOf(START_OF_SCAN)
  assert(scan > 0, 'a JPEG has a scan')
  const from = scan + START_OF_SCAN.length
  return Buffer.concat([Buffer.of(1, info.height, info.width), data.subarray(from, data.length - 2)])
}

/** With its three components; the two bytes at the very end say that there is no more. */
const START_OF_SCAN = Buffer.from('ffda000c03010002110311003f00', 'hex')
