import { describe, expect, test } from 'vitest'
import { codecFor, NotInLayerError } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { StrictLayer, strictPool } from './strict.ts'

/** Answers whose type was another in old layers. */

const { definitions } = strictPool()

function answer<M extends T.MethodName>(
  layer: number,
  method: M,
  value: T.Methods[M]['res'],
  type: string,
): unknown {
  return new StrictLayer(definitions, layer).read(codecFor(layer).encodeResult(method, value), type)
}

const settings = tl.peerNotifySettings({})
const updates = tl.updates({ updates: [], users: [], chats: [], date: 1, seq: 0 })
const photo = tl.userProfilePhoto({ photoId: 7n, dcId: 2 })
const self = tl.user({ id: 5, self: true, firstName: 'A', photo })
const fullUser = tl.userFull({
  id: 5,
  settings: tl.peerSettings({}),
  notifySettings: settings,
  commonChatsCount: 0,
})

describe('answers of the type that the layer declares', () => {
  const check = <M extends T.MethodName>(
    layers: number[],
    method: M,
    value: T.Methods[M]['res'],
    type: string,
    expected: unknown,
  ): void => {
    test(`${method} in layers ${layers.join(' and ')}`, () => {
      for (const layer of layers) {
        const read = answer(layer, method, value, type)
        if (typeof expected === 'object') expect(read).toMatchObject(expected as object)
        else expect(read).toBe(expected)
      }
    })
  }
  check([105, 134], 'auth.logOut', tl['auth.loggedOut']({}), 'Bool', true)
  check([105, 139], 'channels.deleteHistory', updates, 'Bool', true)
  check(
    [105, 134],
    'users.getFullUser',
    tl['users.userFull']({ fullUser, chats: [], users: [self] }),
    'UserFull',
    {
      user: { _: 'user', firstName: 'A' },
    },
  )
  check(
    [105, 134],
    'messages.getPeerSettings',
    tl['messages.peerSettings']({ settings: tl.peerSettings({}), chats: [], users: [] }),
    'PeerSettings',
    { _: 'peerSettings' },
  )
  const invited = tl['messages.invitedUsers']({ updates, missingInvitees: [] })
  check([105, 176], 'messages.addChatUser', invited, 'Updates', { _: 'updates' })
  check([105, 176], 'messages.createChat', invited, 'Updates', { _: 'updates' })
  check([105, 176], 'channels.inviteToChannel', invited, 'Updates', { _: 'updates' })
  const joined = tl['messages.chatInviteJoinResultOk']({ updates })
  check([105, 226], 'messages.importChatInvite', joined, 'Updates', { _: 'updates' })
  check([105, 226], 'channels.joinChannel', joined, 'Updates', { _: 'updates' })
  check(
    [111, 175],
    'messages.getDialogFilters',
    tl['messages.dialogFilters']({ filters: [] }),
    'Vector<DialogFilter>',
    [],
  )
  check(
    [105, 153],
    'help.getAppConfig',
    tl['help.appConfig']({ hash: 1, config: tl.jsonNull() }),
    'JSONValue',
    { _: 'jsonNull' },
  )
  const views = tl['messages.messageViews']({ views: [tl.messageViews({ views: 3 })], chats: [], users: [] })
  check([105, 117], 'messages.getMessagesViews', views, 'Vector<int>', [3])
  check(
    [105, 116],
    'photos.updateProfilePhoto',
    tl['photos.photo']({ photo: tl.photoEmpty({ id: 1n }), users: [self] }),
    'UserProfilePhoto',
    { photoId: 7n },
  )
  check(
    [105, 196],
    'messages.getWebPagePreview',
    tl['messages.webPagePreview']({ media: tl.messageMediaEmpty(), chats: [], users: [] }),
    'MessageMedia',
    { _: 'messageMediaEmpty' },
  )
  check(
    [105, 164],
    'messages.getWebPage',
    tl['messages.webPage']({ webpage: tl.webPageEmpty({ id: 1n }), chats: [], users: [] }),
    'WebPage',
    { _: 'webPageEmpty' },
  )
  check(
    [133, 153],
    'messages.getMessageReadParticipants',
    [tl.readParticipantDate({ userId: 5, date: 1 })],
    'Vector<long>',
    [5n],
  )
  check([105, 188], 'messages.report', tl.reportResultReported(), 'Bool', true)
  check(
    [154, 157],
    'bots.getBotInfo',
    tl['bots.botInfo']({ name: 'n', about: 'a', description: 'd' }),
    'Vector<string>',
    ['n', 'a', 'd'],
  )
  check(
    [140, 182],
    'messages.requestSimpleWebView',
    tl.webViewResultUrl({ url: 'u' }),
    'SimpleWebViewResult',
    { url: 'u' },
  )
  check([105, 112], 'help.getPromoData', tl['help.promoDataEmpty']({ expires: 3 }), 'help.ProxyData', {
    _: 'help.proxyDataEmpty',
  })
  check([164, 216], 'stories.getPeerMaxIDs', [tl.recentStory({ maxId: 3 })], 'Vector<int>', [3])

  test('an answer that the old type cannot say is refused', () => {
    const unchanged = tl['help.appConfigNotModified']()
    expect(() => codecFor(121).encodeResult('help.getAppConfig', unchanged)).toThrow(NotInLayerError)
  })
})
