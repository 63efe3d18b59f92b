import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BlobMissing, folderName, type Blobs } from '../../src/blobs/blobs.ts'
import { diskBlobs } from '../../src/blobs/disk.ts'
import { systemRandom } from '../../src/lib/random.ts'

let root: string
let blobs: Blobs
const folder = folderName(systemRandom)

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chappe-blobs-'))
  blobs = diskBlobs(root, systemRandom)
})
afterEach(() => rm(root, { recursive: true }))

async function readAll(part: number): Promise<string> {
  const bytes = Buffer.alloc(100)
  return bytes.toString('latin1', 0, await blobs.read(folder, part, 0, bytes))
}

test('a part is what was written first, and is whole', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => `written by ${index}`)
  const outcomes = await Promise.all(texts.map((text) => blobs.put(folder, 7, Buffer.from(text))))
  expect(outcomes.filter((isFirst) => isFirst)).toHaveLength(1)
  expect(await readAll(7)).toBe(texts[outcomes.indexOf(true)])
  expect(await blobs.put(folder, 7, Buffer.from('later'))).toBe(false)
  expect(await readAll(7)).toBe(texts[outcomes.indexOf(true)])
  // Nothing is left of what came too late.
  expect(await readdir(join(root, folder.slice(0, 2), folder.slice(2)))).toEqual(['7'])
})

test('a part is read from any place on, as far as it goes', async () => {
  await blobs.put(folder, 0, Buffer.from('0123456789'))
  const into = Buffer.alloc(4)
  expect(await blobs.read(folder, 0, 3, into)).toBe(4)
  expect(into.toString()).toBe('3456')
  expect(await blobs.read(folder, 0, 8, into)).toBe(2)
  expect(await blobs.read(folder, 0, 20, into)).toBe(0)
})

test('what is not there is missing, and can be dropped', async () => {
  await expect(blobs.read(folder, 0, 0, Buffer.alloc(1))).rejects.toThrow(BlobMissing)
  await blobs.drop(folder)
  await blobs.put(folder, 0, Buffer.from('x'))
  await blobs.drop(folder)
  await expect(blobs.read(folder, 0, 0, Buffer.alloc(1))).rejects.toThrow(BlobMissing)
  expect(await blobs.put(folder, 0, Buffer.from('y'))).toBe(true)
})

test('no name leads out of the directory', async () => {
  for (const name of ['..', '../../etc', '', 'ABCD'.repeat(8), `${folder}/..`, `${folder.slice(2)}..`]) {
    await expect(blobs.put(name, 0, Buffer.from('x'))).rejects.toThrow('a folder has a name of ours')
    await expect(blobs.read(name, 0, 0, Buffer.alloc(1))).rejects.toThrow('a folder has a name of ours')
    await expect(blobs.drop(name)).rejects.toThrow('a folder has a name of ours')
  }
  for (const part of [-1, 0.5, Number.NaN])
    await expect(blobs.put(folder, part, Buffer.from('x'))).rejects.toThrow('parts are numbered from 0')
})
