import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { empty } from '../../../src/api/empty.ts'
import { must } from '../../../src/lib/assert.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type World } from '../../harness/people.ts'

let world: World
let stranger: Device

beforeAll(async () => {
  world = await startWorld()
  stranger = await world.stranger()
})
afterAll(() => world[Symbol.asyncDispose]())

describe('configuration', () => {
  test('leads every datacenter here and names the one that the client talks to', async () => {
    const config = await stranger.call('help.getConfig')
    expect(config).toMatchObject({ thisDc: 2, testMode: false, messageLengthMax: 4096 })
    expect(config.expires).toBeGreaterThan(config.date)
    expect(config.dcOptions.map((option) => option.id)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
    const { host, port } = world.server
    for (const option of config.dcOptions)
      expect(option).toMatchObject({ ipAddress: host, port, ipv6: false })
    expect(await stranger.call('help.getNearestDc')).toMatchObject({ thisDc: 2, nearestDc: 2 })
  })

  test('that is known already is not sent again', async () => {
    const app = await stranger.call('help.getAppConfig', { hash: 0 })
    if (app._ !== 'help.appConfig') throw new Error(app._)
    const values = new Map((app.config as T.jsonObject).value.map(({ key, value }) => [key, value]))
    expect(values.get('about_length_limit_default')).toEqual(tl.jsonNumber({ value: 70 }))
    expect((await stranger.call('help.getAppConfig', { hash: app.hash }))._).toBe('help.appConfigNotModified')

    const list = await stranger.call('help.getCountriesList', { langCode: 'de', hash: 0 })
    if (list._ !== 'help.countriesList') throw new Error(list._)
    const germany = must(
      list.countries.find((country) => country.iso2 === 'DE'),
      'Germany is a country',
    )
    expect(germany).toMatchObject({
      defaultName: 'Germany',
      name: 'Deutschland',
      countryCodes: [{ countryCode: '49' }],
    })
    const jamaica = must(
      list.countries.find((country) => country.iso2 === 'JM'),
      'Jamaica is a country',
    )
    expect(jamaica.countryCodes[0]?.prefixes).toEqual(['658', '876'])
    const { hash } = list
    const again = await stranger.call('help.getCountriesList', { langCode: 'de', hash })
    expect(again._).toBe('help.countriesListNotModified')
    const other = await stranger.call('help.getCountriesList', { langCode: '<script>', hash })
    expect(other).toMatchObject({ _: 'help.countriesList' })

    const alice = await world.person('Alice')
    const zones = await alice.call('help.getTimezonesList', { hash: 0 })
    if (zones._ !== 'help.timezonesList') throw new Error(zones._)
    expect(zones.timezones.find((zone) => zone.id === 'Asia/Tokyo')).toMatchObject({ utcOffset: 9 * 3600 })
    const same = await alice.call('help.getTimezonesList', { hash: zones.hash })
    expect(same._).toBe('help.timezonesListNotModified')
  })

  test('language packs say nothing that clients have not inside', async () => {
    const langPack = 'tdesktop'
    const [english] = await stranger.call('langpack.getLanguages', { langPack })
    expect(english).toMatchObject({ langCode: 'en', stringsCount: 0 })
    const difference = await stranger.call('langpack.getDifference', {
      langPack,
      langCode: 'en',
      fromVersion: 7,
    })
    expect(difference).toMatchObject({ fromVersion: 7, version: 7, strings: [] })
    expect(await stranger.failure('langpack.getLanguages', { langPack: 'x y' })).toBe('LANG_PACK_INVALID')
    expect(await stranger.failure('langpack.getLanguage', { langPack, langCode: 'xx' })).toBe(
      'LANG_CODE_NOT_SUPPORTED',
    )
  })

  test('support is the service account', async () => {
    const alice = await world.person('Alice')
    const support = await alice.call('help.getSupport')
    expect(support).toMatchObject({
      phoneNumber: '42777',
      user: { id: 777000, support: true, verified: true },
    })
    expect((await alice.call('help.getInviteText')).message).toContain('http://127.0.0.1:')
  })
})

/** Arguments of methods that are empty here and do not go without. */
const ARGUMENTS: { readonly [method: string]: object } = {
  'messages.getOldFeaturedStickers': { offset: 0, limit: 1 },
  'messages.getArchivedStickers': { offsetId: 0n, limit: 1 },
  'messages.getStickers': { emoticon: '' },
  'messages.searchStickerSets': { q: 'x' },
  'messages.searchEmojiStickerSets': { q: 'x' },
  'messages.getCustomEmojiDocuments': { documentId: [] },
  'messages.getEmojiKeywordsLanguages': { langCodes: [] },
  'messages.getTopReactions': { limit: 1 },
  'messages.getRecentReactions': { limit: 1 },
  'account.getThemes': { format: 'x' },
  'account.getUniqueGiftChatThemes': { offset: '', limit: 1 },
  'contacts.getTopPeers': { correspondents: true, offset: 0, limit: 1 },
  'contacts.getSponsoredPeers': { q: 'x' },
  'help.getAppUpdate': { source: '' },
  'help.getRecentMeUrls': { referer: '' },
  'help.getDeepLinkInfo': { path: '' },
}
/** Their hash is 32 bits wide. */
const SHORT_HASH = /Groups$|getAvailable|Colors$/

describe('lists that are empty here', () => {
  const names = Object.keys(empty).filter(
    (name) => name !== 'messages.getStickerSet',
  ) as (keyof typeof empty)[]

  test('have the shape that their method documents', async () => {
    const alice = await world.person('Alice')
    for (const name of names) {
      const hash = SHORT_HASH.test(name) ? 0 : 0n
      const answer = await alice.call(name, { hash, ...ARGUMENTS[name] } as never)
      expect(answer, name).toBeDefined()
      // Clients ask again, and for ever, when this lies in the past.
      if (typeof answer === 'object' && 'expires' in answer)
        expect(answer.expires).toBeGreaterThan(world.server.context.clock.nowSec() + 60)
    }
  })

  test('there is no sticker set', async () => {
    const alice = await world.person('Alice')
    const stickerset = tl.inputStickerSetAnimatedEmoji()
    expect(await alice.failure('messages.getStickerSet', { stickerset, hash: 0 })).toBe('STICKERSET_INVALID')
  })
})
