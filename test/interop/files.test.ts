import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { JumpingClock } from '../simulate/jumping-clock.ts'
import { fetchFile, holdFile, sendFile, type HeldFile } from './files.ts'
import { startServerHere } from './server-here.ts'
import { startWorld, type ClientName, type Resident, type World } from './world.ts'

const DOCUMENT_BYTES = 3_000_000
/** Clients upload such in another way. */
const BIG_BYTES = 11_000_000
const REFERENCES_SEC = 60

/** Who is at home where: files of the one are fetched from another datacenter by the others. */
const HOMES: Readonly<Record<ClientName, number>> = { mtcute: 1, GramJS: 2, TDLib: 2 }

/** What was sent, and the id of the message with whoever got it. */
interface SentFile {
  readonly id: number
  readonly bytes: Buffer
}

describe('people at home in two datacenters', () => {
  const clock = new JumpingClock()
  let world: World
  let directory: string
  let people: Readonly<Record<ClientName, Resident>>

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chappe-files-'))
    const { datacenters } = parseConfig(['--dcs', '2'], {})
    const config = { datacenters, fileReferencesSec: REFERENCES_SEC }
    world = await startWorld(2, [], (options) => startServerHere(options, { clock, config }))
    const mtcute = await resident('mtcute')
    people = { mtcute, GramJS: await resident('GramJS'), TDLib: await resident('TDLib') }
    for (const one of Object.values(people)) {
      for (const other of Object.values(people)) {
        if (other !== one) await one.person.findByUsername(other.username)
      }
    }
  })

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  async function resident(client: ClientName): Promise<Resident> {
    const dc = HOMES[client]
    const person = world.person(client)
    const phone = `99966${dc}000${Object.keys(HOMES).indexOf(client)}`
    const firstName = `Of ${client}`
    await person.signUp({ phone, firstName, lastName: '', code: () => Promise.resolve(String(dc).repeat(5)) })
    const username = `files_of_${client}`.toLowerCase()
    await person.setUsername(username)
    return { person, id: person.userId(), phone, firstName, username }
  }

  /** Sends a file, which nobody else has; the id that the message has with whoever gets it. */
  async function send(
    from: Resident,
    to: Resident,
    as: 'photo' | 'document',
    size = DOCUMENT_BYTES,
  ): Promise<SentFile> {
    const path = join(directory, `${randomUUID()}.${as === 'photo' ? 'jpg' : 'bin'}`)
    await writeFile(path, as === 'photo' ? await someJpeg() : randomBytes(size))
    await sendFile(from.person, to.id, { path, as })
    const fits = ({ message }: { message: { withId: number } }): boolean => message.withId === from.id
    const { message } = await to.person.happenings.next('message', fits)
    return { id: message.id, bytes: await readFile(path) }
  }

  test.each([
    ['mtcute', 'GramJS', BIG_BYTES],
    ['mtcute', 'TDLib', DOCUMENT_BYTES],
    ['GramJS', 'mtcute', DOCUMENT_BYTES],
    ['GramJS', 'TDLib', BIG_BYTES],
    ['TDLib', 'mtcute', BIG_BYTES],
    ['TDLib', 'GramJS', DOCUMENT_BYTES],
  ] as const)('%s sends, and %s fetches', { timeout: 120_000 }, async (from, to, size) => {
    const [sender, receiver] = [people[from], people[to]]
    const document = await send(sender, receiver, 'document', size)
    expect(Buffer.compare(await fetchFile(receiver.person, sender.id, document.id), document.bytes)).toBe(0)
    const photo = await send(sender, receiver, 'photo')
    const bytes = await fetchFile(receiver.person, sender.id, photo.id)
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 900, height: 600 })
  })

  test('nobody complains', async () => {
    for (const { person } of Object.values(people)) expect(await person.complaints()).toEqual([])
    expect(await world.takeTdlibLog()).toEqual([])
  })

  test('a reference that has expired is asked for anew, by TDLib itself', { timeout: 120_000 }, async () => {
    const { mtcute, GramJS, TDLib } = people
    const held = async (from: Resident, to: Resident): Promise<HeldFile & SentFile> => {
      const sent = await send(from, to, 'document')
      return { ...sent, ...(await holdFile(to.person, from.id, sent.id)) }
    }
    const ofMtcute = await held(GramJS, mtcute)
    const ofGramjs = await held(mtcute, GramJS)
    const ofTdlib = await held(mtcute, TDLib)
    // Until then at the latest: they are the same for a while.
    clock.jump(2 * REFERENCES_SEC * 1000)
    await expect(ofMtcute.fetch()).rejects.toThrow('FILE_REFERENCE_EXPIRED')
    await expect(ofGramjs.fetch()).rejects.toThrow('FILE_REFERENCE_EXPIRED')
    const before = await countExpired()
    expect(Buffer.compare(await ofTdlib.fetch(), ofTdlib.bytes)).toBe(0)
    expect(await countExpired()).toBeGreaterThan(before)
    for (const each of [ofMtcute, ofGramjs])
      expect(Buffer.compare(await each.fetchAnew(), each.bytes)).toBe(0)
  })

  /** How often somebody was told that a reference has expired. */
  async function countExpired(): Promise<number> {
    const page = await (await fetch(new URL('/metrics', world.server.file.url))).text()
    const line = /^chappe_calls_total\{method="upload\.getFile",outcome="FILE_REFERENCE_EXPIRED"\} (\d+)/m
    return Number(line.exec(page)?.[1] ?? 0)
  }
})

/** A photo like no other: TDLib finds out when it has a file already. */
async function someJpeg(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const
  const picture = sharp({ create: { width: 900, height: 600, channels: 3, background: '#888', noise } })
  return await picture.jpeg().toBuffer()
}
