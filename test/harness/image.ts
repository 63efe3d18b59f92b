import sharp from 'sharp'

/** An image whose left half is red and whose right half is blue, so that one sees what was turned and what was cropped. */
export async function redAndBlue(
  width: number,
  height: number,
  format: 'jpeg' | 'png' | 'webp' | 'gif' = 'jpeg',
): Promise<Buffer> {
  const half = Math.floor(width / 2)
  const blue = { create: { width: width - half, height, channels: 3, background: '#0000ff' } } as const
  return await sharp({ create: { width, height, channels: 3, background: '#ff0000' } })
    .composite([{ input: blue, left: half, top: 0 }])
    .removeAlpha()
    .toFormat(format)
    .toBuffer()
}

/** What colours an image has at points, given as parts of its width and height. */
export async function coloursAt(
  image: Uint8Array,
  points: readonly (readonly [x: number, y: number])[],
): Promise<string[]> {
  const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true })
  return points.map(([x, y]) => {
    const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3)
    if (red > 200 && green < 60 && blue < 60) return 'red'
    if (blue > 200 && green < 60 && red < 60) return 'blue'
    if (Math.min(red, green, blue) > 200) return 'white'
    return `${red} ${green} ${blue}`
  })
}
