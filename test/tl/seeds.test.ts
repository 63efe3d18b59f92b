import { expect, test } from 'vitest'
import { decodeRequest } from '../../src/tl/decode.ts'
import { codecFor } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import { meantIn } from '../../src/tl/layers/reused-flags.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { strictWrite } from './strict-write.ts'
import { StrictLayer, strictPool } from './strict.ts'

const { definitions, layers } = strictPool()

/** The constructors that the documents this project began with quote. */
const QUOTED = {
  user: 0x938458c1,
  userFull: 0xedf17c12,
  channelFull: 0xf0e6672a,
  botInfo: 0x98e81d3a,
  botCommand: 0xc27ac8c7,
  'bots.setBotCommands': 0x805d46f6,
}
const QUOTED_LAYERS = [112, 113, 114, 115, 116, 117, 118, 119, 120, 121]

test('the quoted constructors are current together in layers 112 to 121', () => {
  const current = layers.filter((number) => {
    const layer = new StrictLayer(definitions, number)
    return Object.entries(QUOTED).every(([name, id]) => layer.byName.get(name)?.id === id)
  })
  // Later revisions of layer 111 have bots.setBotCommands as well.
  expect(current.filter((layer) => layer > 111)).toEqual(QUOTED_LAYERS)
})

test('they are what a client of those layers is sent, and what it may send', () => {
  const notifySettings = tl.peerNotifySettings({})
  const command = tl.botCommand({ command: 'start', description: 'Starts' })
  const botInfo = tl.botInfo({ userId: 5, description: 'A bot', commands: [command] })
  const fullUser = tl.userFull({
    id: 5,
    settings: tl.peerSettings({}),
    notifySettings,
    botInfo,
    commonChatsCount: 0,
  })
  const user = tl.user({ id: 5, firstName: 'Bot', bot: true, botInfoVersion: 1 })
  const channelFull = tl.channelFull({
    id: 8,
    about: 'About',
    readInboxMaxId: 1,
    readOutboxMaxId: 1,
    unreadCount: 0,
    chatPhoto: tl.photoEmpty({ id: 0n }),
    notifySettings,
    botInfo: [botInfo],
    pts: 3,
  })
  for (const number of QUOTED_LAYERS) {
    const layer = new StrictLayer(definitions, number)
    const codec = codecFor(number)
    const whole = codec.encodeResult(
      'users.getFullUser',
      tl['users.userFull']({ fullUser, chats: [], users: [user] }),
    )
    expect(Buffer.from(whole).readUInt32LE()).toBe(QUOTED.userFull)
    expect(layer.read(whole, 'UserFull')).toMatchObject({
      user: { id: 5, firstName: 'Bot', bot: true },
      botInfo: { userId: 5, commands: [{ command: 'start', description: 'Starts' }] },
    })
    const channel = codec.encode(channelFull, 'ChatFull')
    expect(Buffer.from(channel).readUInt32LE()).toBe(QUOTED.channelFull)
    expect(layer.read(channel, 'ChatFull')).toMatchObject({ exportedInvite: { _: 'chatInviteEmpty' } })
    const set = { commands: [{ _: 'botCommand', command: 'start', description: 'Starts' }] }
    const bytes = strictWrite(layer, layer.byName.get('bots.setBotCommands') as never, set)
    expect(Buffer.from(bytes).readUInt32LE()).toBe(QUOTED['bots.setBotCommands'])
    expect(decodeRequest(bytes)).toMatchObject(set)
  }
})

test('a flag whose bit another one had in the layer of the session is not taken for it', () => {
  const old = new StrictLayer(definitions, 126)
  const definition = old.byName.get('channels.getAdminedPublicChannels') as never
  const request = decodeRequest(strictWrite(old, definition, { forGroupcall: true }))
  expect(meantIn(126, request)).toMatchObject({ forPersonal: false })
  expect(meantIn(200, request)).toMatchObject({ forPersonal: true })
  const call = { _: 'inputGroupCall', id: 1n, accessHash: 2n }
  const join = (number: number, fields: object): T.AnyMethod => {
    const layer = new StrictLayer(definitions, number)
    const params = { _: 'dataJSON', data: '{}' }
    const value = { call, joinAs: { _: 'inputPeerSelf' }, params, ...fields }
    return decodeRequest(strictWrite(layer, layer.byName.get('phone.joinGroupCall') as never, value))
  }
  expect(join(129, { videoStopped: true })).toMatchObject({ videoStopped: true })
  expect(join(128, {})).toMatchObject({ videoStopped: false })
})

test('objects whose id has one bit for two flags are written as the layer names them', () => {
  const set = tl.stickerSet({
    id: 1n,
    accessHash: 2n,
    title: 't',
    shortName: 's',
    count: 0,
    hash: 0,
    masks: true,
  })
  for (const [number, flag] of [
    [138, 'gifs'],
    [140, 'videos'],
  ] as const) {
    const read = new StrictLayer(definitions, number).read(
      codecFor(number).encode(set, 'StickerSet'),
      'StickerSet',
    )
    expect(read).toMatchObject({ masks: true, [flag]: false })
  }
  const self = tl.channelParticipantSelf({ userId: 1, inviterId: 2, date: 3, viaRequest: true })
  const read = new StrictLayer(definitions, 134).read(
    codecFor(134).encode(self, 'ChannelParticipant'),
    'ChannelParticipant',
  )
  expect(read).toMatchObject({ viaRequest: true })
})

test('a client that sends params with the old id of initConnection is understood, and one that sends none', () => {
  const layer = new StrictLayer(definitions, 105)
  const definition = layer.byName.get('initConnection') as never
  const app = { apiId: 1, deviceModel: 'd', systemVersion: 's', appVersion: 'a' }
  const languages = { systemLangCode: 'en', langPack: '', langCode: 'en' }
  const query = { _: 'help.getNearestDc' }
  for (const params of [{ _: 'jsonNull' }, undefined]) {
    const bytes = strictWrite(layer, definition, { ...app, ...languages, params, query })
    expect(Buffer.from(bytes).readUInt32LE()).toBe(0x785188b8)
    expect(decodeRequest(bytes)).toMatchObject({ apiId: 1, params, query })
  }
})
