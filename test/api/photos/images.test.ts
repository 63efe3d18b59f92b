import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { strippedPhotoToJpg } from 'telegram/Utils.js'
import { expect, test } from 'vitest'
import { makePhoto, makeProfilePhoto, type MadePhoto } from '../../../src/domain/files/images.ts'
import { Slots } from '../../../src/lib/slots.ts'
import { coloursAt, redAndBlue } from '../../harness/image.ts'

const workshop = { images: new Slots(2, 2) }

function photoOf(bytes: Uint8Array): Promise<MadePhoto> {
  return makePhoto(workshop, () => Promise.resolve(bytes))
}

function profilePhotoOf(bytes: Uint8Array): Promise<MadePhoto> {
  return makeProfilePhoto(workshop, () => Promise.resolve(bytes))
}

/** A PNG that says that it has other sides. */
function sayingSides(png: Buffer, side: number): Buffer {
  const forged = Buffer.from(png)
  forged.writeUInt32BE(side, 16)
  forged.writeUInt32BE(side, 20)
  forged.writeUInt32BE(crc32(forged.subarray(12, 29)), 29)
  return forged
}

function sizesOf(photo: MadePhoto): string[] {
  return photo.sizes.map(({ type, w, h }) => `${type} ${w}x${h}`)
}

/** What a client shows of a stripped thumbnail, rebuilt by a library. */
function inflated(photo: MadePhoto): Buffer {
  return Buffer.from(strippedPhotoToJpg(Buffer.from(photo.stripped)))
}

test('a photo has the sizes of the documentation, as far up as the image goes', async () => {
  expect(sizesOf(await photoOf(await redAndBlue(3000, 1500)))).toEqual([
    's 100x50',
    'm 320x160',
    'x 800x400',
    'y 1280x640',
    'w 2560x1280',
  ])
  expect(sizesOf(await photoOf(await redAndBlue(600, 900)))).toEqual([
    's 67x100',
    'm 213x320',
    'x 533x800',
    'y 600x900',
  ])
  expect(sizesOf(await photoOf(await redAndBlue(80, 60)))).toEqual(['s 80x60'])
})

test('a profile photo is the middle of the image, always in the same sizes', async () => {
  const photo = await profilePhotoOf(await redAndBlue(800, 200))
  expect(sizesOf(photo)).toEqual(['a 160x160', 'b 320x320', 'c 640x640'])
  for (const { bytes } of photo.sizes) {
    const points = [
      [0.25, 0.5],
      [0.75, 0.5],
    ] as const
    expect(await coloursAt(bytes, points)).toEqual(['red', 'blue'])
  }
  await expect(profilePhotoOf(await redAndBlue(800, 159))).rejects.toThrow('PHOTO_CROP_SIZE_SMALL')
})

test('every format becomes JPEG, turned as it says and without what else it says', async () => {
  for (const format of ['jpeg', 'png', 'webp', 'gif'] as const) {
    const photo = await photoOf(await redAndBlue(400, 200, format))
    const largest = await sharp(photo.sizes.at(-1)?.bytes).metadata()
    expect(largest).toMatchObject({ format: 'jpeg', width: 400, height: 200 })
  }
  const turned = await sharp(await redAndBlue(400, 200))
    .withExif({ IFD0: { Copyright: 'Somebody', Orientation: '6' } })
    .withMetadata({ orientation: 6 })
    .toBuffer()
  expect((await sharp(turned).metadata()).exif).toBeDefined()
  const photo = await photoOf(turned)
  const largest = await sharp(photo.sizes.at(-1)?.bytes).metadata()
  expect(largest).toMatchObject({ width: 200, height: 400 })
  expect([largest.exif, largest.icc, largest.xmp, largest.orientation]).toEqual(Array(4).fill(undefined))
  const points = [
    [0.5, 0.25],
    [0.5, 0.75],
  ] as const
  expect(await coloursAt(photo.sizes.at(-1)!.bytes, points)).toEqual(['red', 'blue'])
})

test('what is transparent becomes white, and greys and depths are read', async () => {
  const clear = { create: { width: 300, height: 200, channels: 4, background: '#00000000' } } as const
  const photo = await photoOf(await sharp(clear).png().toBuffer())
  expect(await coloursAt(photo.sizes.at(-1)!.bytes, [[0.5, 0.5]])).toEqual(['white'])
  const plain = sharp(await redAndBlue(300, 200, 'png'))
  const grey = await plain.clone().toColourspace('b-w').png().toBuffer()
  const deep = await plain.clone().toColourspace('rgb16').png().toBuffer()
  const cmyk = await plain.clone().toColourspace('cmyk').jpeg().toBuffer()
  expect((await sharp(grey).metadata()).channels).toBe(1)
  for (const bytes of [grey, deep, cmyk]) {
    const made = await photoOf(bytes)
    expect(sizesOf(made)).toEqual(['s 100x67', 'm 300x200'])
    expect(await sharp(inflated(made)).metadata()).toMatchObject({ width: 40, height: 27 })
  }
})

test('a stripped thumbnail, put together as clients do, shows the image', async () => {
  const [photo, profile] = [
    await photoOf(await redAndBlue(3000, 1500)),
    await profilePhotoOf(await redAndBlue(500, 300)),
  ]
  expect(photo.stripped.length).toBeLessThan(400)
  const points = [
    [0.1, 0.1],
    [0.4, 0.9],
    [0.6, 0.1],
    [0.9, 0.9],
  ] as const
  for (const [made, height] of [
    [photo, 20],
    [profile, 40],
  ] as const) {
    const jpeg = inflated(made)
    expect(await sharp(jpeg, { failOn: 'warning' }).metadata()).toMatchObject({ width: 40, height })
    expect(await coloursAt(jpeg, points)).toEqual(['red', 'red', 'blue', 'blue'])
  }
  // The tables that clients put before it are those that it was written with: the colours come out to the last bit.
  const smooth = await sharp({
    create: {
      width: 40,
      height: 40,
      channels: 3,
      background: '#000000',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .png()
    .toBuffer()
  const whole = await sharp(smooth)
    .jpeg({ quality: 20, chromaSubsampling: '4:2:0', optimiseCoding: false })
    .toBuffer()
  const rebuilt = await sharp(inflated(await photoOf(smooth)))
    .raw()
    .toBuffer()
  expect(rebuilt.equals(await sharp(whole).raw().toBuffer())).toBe(true)
})

test('what is no image, or too much of one, is refused', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"></svg>')
  for (const bytes of [Buffer.alloc(0), Buffer.from('Hello'), svg, Buffer.from('%PDF-1.7 and so on')])
    await expect(photoOf(bytes)).rejects.toThrow('PHOTO_EXT_INVALID')
  const whole = await redAndBlue(400, 300)
  const broken = [whole.subarray(0, 3), whole.subarray(0, 300), whole.subarray(0, whole.length / 2)]
  for (const bytes of broken) await expect(photoOf(bytes)).rejects.toThrow('IMAGE_PROCESS_FAILED')
  const large = Buffer.concat([whole, Buffer.alloc(10 * 1024 * 1024)])
  await expect(photoOf(large)).rejects.toThrow('IMAGE_PROCESS_FAILED')
  await expect(photoOf(await redAndBlue(2100, 100))).rejects.toThrow('PHOTO_INVALID_DIMENSIONS')
  expect(sizesOf(await photoOf(await redAndBlue(2000, 100)))).toContain('m 320x16')
  // A small file can say that it is a very large image: it is refused before it is found out that it is not.
  for (const side of [5_001, 60_000]) {
    const forged = sayingSides(await redAndBlue(200, 200, 'png'), side)
    await expect(photoOf(forged)).rejects.toThrow('PHOTO_INVALID_DIMENSIONS')
  }
  await expect(profilePhotoOf(await redAndBlue(9000, 1100))).rejects.toThrow('IMAGE_PROCESS_FAILED')
})

test('so many are made at once, and whoever comes to a long line is told to come again', async () => {
  const image = await redAndBlue(300, 300)
  const reads: (() => void)[] = []
  const making = Array.from({ length: 4 }, () =>
    makePhoto(workshop, async () => {
      await new Promise<void>((resolve) => reads.push(resolve))
      return image
    }),
  )
  await expect(photoOf(image)).rejects.toThrow('WORKER_BUSY_TOO_LONG_RETRY')
  expect(reads).toHaveLength(2)
  for (let done = 0; done < 4; done++) {
    await expect.poll(() => reads.length).toBeGreaterThan(done)
    reads[done]?.()
  }
  expect(await Promise.all(making)).toHaveLength(4)
})
