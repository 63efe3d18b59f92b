import type * as T from '../../src/tl/schema.d.ts'

/**
 * Straight-line code for one shape of `updates` only: what a compiled codec is measured against. It writes the fields
 * that `exampleUpdates` has and looks at no other.
 */
const buffer = new ArrayBuffer(4096)
const words = new Int32Array(buffer)
const bytes = Buffer.from(buffer)
const longWords = new Int32Array(2)
const longs = new BigInt64Array(longWords.buffer)
let at = 0
let slab = new ArrayBuffer(0)
let slabAt = 0

/** The bytes of `updates`. */
export function writeUpdates(value: T.updates): Uint8Array {
  at = 0
  words[at++] = 0x74ae4240
  vector(value.updates.length)
  for (const update of value.updates as T.updateNewMessage[]) {
    words[at++] = 0x1f2b0afd
    writeMessage(update.message as T.message)
    words[at++] = update.pts
    words[at++] = update.ptsCount
  }
  vector(value.users.length)
  for (const user of value.users as T.user[]) writeUser(user)
  vector(value.chats.length)
  words[at++] = value.date
  words[at++] = value.seq
  if (slabAt + at * 4 > slab.byteLength) {
    slab = new ArrayBuffer(65536)
    slabAt = 0
  }
  const result = new Uint8Array(slab, slabAt, at * 4)
  result.set(bytes.subarray(0, at * 4))
  slabAt += at * 4
  return result
}

function writeMessage(message: T.message): void {
  words[at++] = 0x7600b9d3
  words[at++] =
    (message.out ? 2 : 0) | (message.silent ? 1 << 13 : 0) | (1 << 8) | (message.entities ? 1 << 7 : 0)
  words[at++] = 0
  words[at++] = message.id
  writePeer(message.fromId as T.peerUser)
  writePeer(message.peerId as T.peerUser)
  words[at++] = message.date
  text(message.message)
  const entities = message.entities as T.messageEntityBold[]
  vector(entities.length)
  for (const entity of entities) {
    words[at++] = (entity._ as string) === 'messageEntityBold' ? 0xbd610bc9 : 0x826f8b60
    words[at++] = entity.offset
    words[at++] = entity.length
  }
}

function writePeer(peer: T.peerUser): void {
  words[at++] = 0x59511722
  number(peer.userId)
}

function writeUser(user: T.user): void {
  words[at++] = 0xb1b8cc83
  words[at++] = (user.self ? 1 << 10 : 0) | (user.contact ? 1 << 11 : 0) | 0x7f
  words[at++] = 0
  number(user.id)
  long(user.accessHash as bigint)
  text(user.firstName as string)
  text(user.lastName as string)
  text(user.username as string)
  text(user.phone as string)
  const photo = user.photo as T.userProfilePhoto
  words[at++] = 0x82d1f706
  words[at++] = 2
  long(photo.photoId)
  blob(photo.strippedThumb as Uint8Array)
  words[at++] = photo.dcId
  words[at++] = 0xedb93949
  words[at++] = (user.status as T.userStatusOnline).expires
}

function vector(length: number): void {
  words[at++] = 0x1cb5c415
  words[at++] = length
}

function number(value: number): void {
  words[at++] = value
  words[at++] = Math.floor(value / 0x1_0000_0000)
}

function long(value: bigint): void {
  longs[0] = value
  words[at++] = longWords[0] as number
  words[at++] = longWords[1] as number
}

function text(value: string): void {
  const start = at * 4
  const { length } = value
  words[(start + length) >> 2] = 0
  for (let i = 0; i < length; i++) bytes[start + 1 + i] = value.charCodeAt(i)
  bytes[start] = length
  at = (start + length + 4) >> 2
}

function blob(value: Uint8Array): void {
  const start = at * 4
  words[(start + value.length) >> 2] = 0
  bytes[start] = value.length
  bytes.set(value, start + 1)
  at = (start + value.length + 4) >> 2
}

/** Reads back what `writeUpdates` wrote, into an object of these fields alone. */
export function readUpdates(from: Uint8Array): object {
  const source = Buffer.from(from.buffer, from.byteOffset, from.length)
  let pos = 4
  const int = (): number => source.readInt32LE((pos += 4) - 4)
  const number = (): number => {
    const low = int() >>> 0
    return int() * 0x1_0000_0000 + low
  }
  const long = (): bigint => source.readBigInt64LE((pos += 8) - 8)
  const span = (): number => {
    const length = source[pos] as number
    pos += (length + 4) & ~3
    return length
  }
  const text = (): string => {
    const start = pos + 1
    const length = span()
    return source.toString('latin1', start, start + length)
  }
  const blob = (): Uint8Array => {
    const start = pos + 1
    const length = span()
    return new Uint8Array(source.subarray(start, start + length))
  }
  const skip = (): void => void (pos += 4)
  const peer = (): object => (skip(), { _: 'peerUser', userId: number() })
  const list = (read: () => object): object[] => {
    skip()
    const result = []
    for (let left = int(); left > 0; left--) result.push(read())
    return result
  }
  const entity = (): object => {
    const id = int() >>> 0
    return {
      _: id === 0xbd610bc9 ? 'messageEntityBold' : 'messageEntityItalic',
      offset: int(),
      length: int(),
    }
  }
  const message = (): object => {
    pos += 4
    const flags = int()
    pos += 4
    return {
      _: 'message',
      out: (flags & 2) !== 0,
      silent: (flags & (1 << 13)) !== 0,
      id: int(),
      fromId: peer(),
      peerId: peer(),
      date: int(),
      message: text(),
      entities: list(entity),
    }
  }
  const photo = (): object => {
    pos += 8
    return { _: 'userProfilePhoto', photoId: long(), strippedThumb: blob(), dcId: int() }
  }
  const user = (): object => {
    pos += 4
    const flags = int()
    pos += 4
    return {
      _: 'user',
      self: (flags & (1 << 10)) !== 0,
      contact: (flags & (1 << 11)) !== 0,
      id: number(),
      accessHash: long(),
      firstName: text(),
      lastName: text(),
      username: text(),
      phone: text(),
      photo: photo(),
      status: (skip(), { _: 'userStatusOnline', expires: int() }),
    }
  }
  const update = (): object => (
    skip(),
    { _: 'updateNewMessage', message: message(), pts: int(), ptsCount: int() }
  )
  return {
    _: 'updates',
    updates: list(update),
    users: list(user),
    chats: list(user),
    date: int(),
    seq: int(),
  }
}
