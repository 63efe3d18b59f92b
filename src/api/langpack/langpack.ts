import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'

/** The packs that clients know. https://core.telegram.org/api/localization#localization-packs */
const PACKS: ReadonlySet<string> = new Set([
  'android',
  'android_x',
  'ios',
  'macos',
  'tdesktop',
  'unigram',
  'weba',
  'webk',
])
const PACK_NAME = /^[a-z_0-9]{0,64}$/

/**
 * The platform hosts no translations: there is one language, English, which every client has inside, and its
 * pack says nothing that differs from what the client has. https://core.telegram.org/api/localization
 */
export const langpack = {
  'langpack.getLanguages': (_ctx, req) => {
    checkPack(req.langPack)
    return Promise.resolve([english()])
  },

  'langpack.getLanguage': (_ctx, req) => {
    checkPack(req.langPack)
    checkLanguage(req.langCode, 'LANG_CODE_NOT_SUPPORTED')
    return Promise.resolve(english())
  },

  'langpack.getLangPack': (_ctx, req) => {
    checkPack(req.langPack)
    checkLanguage(req.langCode, 'LANG_CODE_NOT_SUPPORTED')
    return Promise.resolve(nothingSince(0))
  },

  'langpack.getDifference': (_ctx, req) => {
    checkPack(req.langPack)
    return Promise.resolve(nothingSince(req.fromVersion))
  },

  'langpack.getStrings': (_ctx, req) => {
    checkPack(req.langPack)
    checkLanguage(req.langCode, 'LANG_CODE_NOT_SUPPORTED')
    return Promise.resolve(req.keys.map((key) => tl.langPackStringDeleted({ key })))
  },
} satisfies Partial<Handlers>

function checkPack(name: string): void {
  if (!PACK_NAME.test(name) || (name !== '' && !PACKS.has(name))) throw rpcError('LANG_PACK_INVALID')
}

function checkLanguage(code: string, fault: 'LANG_CODE_NOT_SUPPORTED'): void {
  if (code !== '' && code !== 'en') throw rpcError(fault)
}

function nothingSince(version: number): T.langPackDifference {
  return tl.langPackDifference({ langCode: 'en', fromVersion: version, version, strings: [] })
}

function english(): T.langPackLanguage {
  return tl.langPackLanguage({
    official: true,
    name: 'English',
    nativeName: 'English',
    langCode: 'en',
    pluralCode: 'en',
    stringsCount: 0,
    translatedCount: 0,
    translationsUrl: '',
  })
}
