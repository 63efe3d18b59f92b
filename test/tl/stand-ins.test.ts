import { expect, test } from 'vitest'
import { must } from '../../src/lib/assert.ts'
import { decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, encodeRequest, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { TlError } from '../../src/tl/error.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'

const accessHash = -5n
const peer = tl.inputPeerSelf()
const user = { userId: 7, accessHash }
const channel = { channelId: 8, accessHash }
const seenUser = { peer, msgId: 3, userId: 7 }
const seenChannel = { peer, msgId: 3, channelId: 8 }

/** What a server reads of a request that names a user, as clients write it that know nothing but peers. */
function readUser(written: T.InputPeer): T.InputUser {
  const userId = tl.inputUserSelf()
  const query = tl['photos.getUserPhotos']({ userId, offset: 1, maxId: 2n, limit: 3 })
  const bytes = replaced(encodeRequest(query), encoded(userId, 'InputUser'), written)
  const read = decodeRequest(bytes) as T.Methods['photos.getUserPhotos']['req']
  expect(read).toEqual({ ...query, userId: read.userId })
  return read.userId
}

function readChannels(peers: T.InputPeer[]): T.InputChannel[] {
  const wanted = peers.map((_, index) => tl.inputChannel({ channelId: 100 + index, accessHash: 9n }))
  let bytes = encodeRequest(tl['channels.getChannels']({ id: wanted }))
  for (const [index, each] of wanted.entries()) {
    bytes = replaced(bytes, encoded(each, 'InputChannel'), must(peers[index], 'there are as many'))
  }
  return (decodeRequest(bytes) as T.Methods['channels.getChannels']['req']).id
}

function replaced(bytes: Uint8Array, place: Uint8Array, peer: T.InputPeer): Uint8Array {
  const at = Buffer.from(bytes).indexOf(place)
  expect(at).toBeGreaterThan(0)
  const after = bytes.subarray(at + place.length)
  return Buffer.concat([bytes.subarray(0, at), encoded(peer, 'InputPeer'), after])
}

function encoded(value: T.InputPeer | T.InputUser | T.InputChannel, union: string): Uint8Array {
  return must(codecFor(NEWEST_LAYER).tryEncode(value, union), 'every layer has these')
}

test('a peer may stand for a user', () => {
  expect(readUser(tl.inputPeerUser(user))).toEqual(tl.inputUser(user))
  expect(readUser(tl.inputPeerUserFromMessage(seenUser))).toEqual(tl.inputUserFromMessage(seenUser))
  expect(readUser(tl.inputPeerSelf())).toEqual(tl.inputUserSelf())
  expect(readUser(tl.inputPeerEmpty())).toEqual(tl.inputUserEmpty())
})

test('a peer may stand for a channel', () => {
  const peers = [
    tl.inputPeerChannel(channel),
    tl.inputPeerChannelFromMessage(seenChannel),
    tl.inputPeerEmpty(),
  ]
  expect(readChannels(peers)).toEqual([
    tl.inputChannel(channel),
    tl.inputChannelFromMessage(seenChannel),
    tl.inputChannelEmpty(),
  ])
})

test('a peer of another kind may not', () => {
  for (const other of [tl.inputPeerChat({ chatId: 1 }), tl.inputPeerChannel(channel)]) {
    expect(() => readUser(other)).toThrow(TlError)
  }
  for (const other of [tl.inputPeerUser(user), tl.inputPeerSelf()]) {
    expect(() => readChannels([other])).toThrow(TlError)
  }
})
