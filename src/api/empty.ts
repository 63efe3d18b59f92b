import { NOTHING_LIFETIME_SEC } from '../domain/config/limits.ts'
import type { CallContext, Handlers } from '../rpc/handlers.ts'
import { tl } from '../tl/factories.ts'
import { rpcError } from '../tl/rpc-error.ts'

/**
 * Lists that really are empty here. Each is an answer that its method documents, and says why there is
 * nothing; when there is something, the method moves to the topic that has it.
 */
const NO_STICKERS = 'there are no sticker sets'
const NO_REACTIONS = 'there are no reactions and no effects'
const NO_FILES = 'themes, wallpapers and sounds are files, and there are none'
const NO_STATUSES = 'emoji statuses are made of custom emoji, and there are none'
const NO_BOTS = 'there are no bots and no sites that log in through an account'
const NOT_COUNTED = 'nobody counts with whom one talks most'
const NO_ADS = 'nothing is sponsored'
const NO_CDN = 'files are served by this server alone'
const NO_NEWS = 'there is nothing to announce'
const NO_PALETTE = 'clients have the palette of names inside; profiles have none'
const NO_TOOLS = 'no text is composed by a machine'
const NO_EXCEPTIONS = 'no web pages are treated specially'
const NO_BIRTHDAYS = 'profiles have no birthdays'

/** An answer that is the same for everybody. The reason is for whoever reads this list. */
function none<R>(_why: string, make: () => R): () => Promise<R> {
  return () => Promise.resolve(make())
}

/** The same, for answers that say until when they hold: clients ask again and again when that is past. */
function noneUntil<R>(_why: string, make: (expires: number) => R): (ctx: CallContext) => Promise<R> {
  return (ctx) => Promise.resolve(make(ctx.clock.nowSec() + NOTHING_LIFETIME_SEC))
}

const noStickerSets = none(NO_STICKERS, () => tl['messages.allStickers']({ hash: 0n, sets: [] }))
const noFeatured = none(NO_STICKERS, () =>
  tl['messages.featuredStickers']({ hash: 0n, count: 0, sets: [], unread: [] }),
)
const noReactions = none(NO_REACTIONS, () => tl['messages.reactions']({ hash: 0n, reactions: [] }))
const noStatuses = none(NO_STATUSES, () => tl['account.emojiStatuses']({ hash: 0n, statuses: [] }))
const noEmoji = none(NO_STATUSES, () => tl.emojiList({ hash: 0n, documentId: [] }))
const noGroups = none(NO_STICKERS, () => tl['messages.emojiGroups']({ hash: 0, groups: [] }))
const noThemes = none(NO_FILES, () => tl['account.themes']({ hash: 0n, themes: [] }))
const noneFound = none(NO_STICKERS, () => tl['messages.foundStickerSets']({ hash: 0n, sets: [] }))

export const empty = {
  'messages.getStickerSet': () => Promise.reject(rpcError('STICKERSET_INVALID')),
  'messages.getAllStickers': noStickerSets,
  'messages.getMaskStickers': noStickerSets,
  'messages.getEmojiStickers': noStickerSets,
  'messages.getFeaturedStickers': noFeatured,
  'messages.getFeaturedEmojiStickers': noFeatured,
  'messages.getOldFeaturedStickers': noFeatured,
  'messages.getRecentStickers': none(NO_STICKERS, () =>
    tl['messages.recentStickers']({ hash: 0n, packs: [], stickers: [], dates: [] }),
  ),
  'messages.getFavedStickers': none(NO_STICKERS, () =>
    tl['messages.favedStickers']({ hash: 0n, packs: [], stickers: [] }),
  ),
  'messages.getArchivedStickers': none(NO_STICKERS, () =>
    tl['messages.archivedStickers']({ count: 0, sets: [] }),
  ),
  'messages.getStickers': none(NO_STICKERS, () => tl['messages.stickers']({ hash: 0n, stickers: [] })),
  'messages.searchStickerSets': noneFound,
  'messages.searchEmojiStickerSets': noneFound,
  'messages.getSavedGifs': none(NO_FILES, () => tl['messages.savedGifs']({ hash: 0n, gifs: [] })),
  'messages.getCustomEmojiDocuments': none(NO_STICKERS, () => []),
  'messages.getEmojiGroups': noGroups,
  'messages.getEmojiStickerGroups': noGroups,
  'messages.getEmojiStatusGroups': noGroups,
  'messages.getEmojiProfilePhotoGroups': noGroups,
  'messages.getEmojiKeywordsLanguages': none(NO_STICKERS, () => []),

  'messages.getAvailableReactions': none(NO_REACTIONS, () =>
    tl['messages.availableReactions']({ hash: 0, reactions: [] }),
  ),
  'messages.getAvailableEffects': none(NO_REACTIONS, () =>
    tl['messages.availableEffects']({ hash: 0, effects: [], documents: [] }),
  ),
  'messages.getTopReactions': noReactions,
  'messages.getRecentReactions': noReactions,
  'messages.getDefaultTagReactions': noReactions,
  'messages.getSavedReactionTags': none(NO_REACTIONS, () =>
    tl['messages.savedReactionTags']({ tags: [], hash: 0n }),
  ),

  'account.getThemes': noThemes,
  'account.getChatThemes': noThemes,
  'account.getUniqueGiftChatThemes': none(NO_FILES, () =>
    tl['account.chatThemes']({ hash: 0n, themes: [], chats: [], users: [] }),
  ),
  'account.getWallPapers': none(NO_FILES, () => tl['account.wallPapers']({ hash: 0n, wallpapers: [] })),
  'account.getSavedRingtones': none(NO_FILES, () =>
    tl['account.savedRingtones']({ hash: 0n, ringtones: [] }),
  ),
  'account.getDefaultEmojiStatuses': noStatuses,
  'account.getRecentEmojiStatuses': noStatuses,
  'account.getChannelDefaultEmojiStatuses': noStatuses,
  'account.getCollectibleEmojiStatuses': noStatuses,
  'account.getChannelRestrictedStatusEmojis': noEmoji,
  'account.getDefaultProfilePhotoEmojis': noEmoji,
  'account.getDefaultGroupPhotoEmojis': noEmoji,
  'account.getDefaultBackgroundEmojis': noEmoji,
  'messages.getAttachMenuBots': none(NO_BOTS, () => tl.attachMenuBots({ hash: 0n, bots: [], users: [] })),
  'account.getConnectedBots': none(NO_BOTS, () =>
    tl['account.connectedBots']({ connectedBots: [], users: [] }),
  ),
  'account.getWebAuthorizations': none(NO_BOTS, () =>
    tl['account.webAuthorizations']({ authorizations: [], users: [] }),
  ),
  'account.getWebBrowserSettings': none(NO_EXCEPTIONS, () =>
    tl['account.webBrowserSettings']({ externalExceptions: [], inappExceptions: [], hash: 0n }),
  ),
  'aicompose.getTones': none(NO_TOOLS, () => tl['aicompose.tones']({ hash: 0n, tones: [], users: [] })),

  'contacts.getTopPeers': none(NOT_COUNTED, () =>
    tl['contacts.topPeers']({ categories: [], chats: [], users: [] }),
  ),
  'contacts.getBirthdays': none(NO_BIRTHDAYS, () =>
    tl['contacts.contactBirthdays']({ contacts: [], users: [] }),
  ),
  'contacts.getSponsoredPeers': none(NO_ADS, () => tl['contacts.sponsoredPeersEmpty']()),

  'help.getCdnConfig': none(NO_CDN, () => tl.cdnConfig({ publicKeys: [] })),
  'help.getAppUpdate': none(NO_NEWS, () => tl['help.noAppUpdate']()),
  'help.getPromoData': noneUntil(NO_NEWS, (expires) => tl['help.promoDataEmpty']({ expires })),
  'help.getRecentMeUrls': none(NO_NEWS, () => tl['help.recentMeUrls']({ urls: [], chats: [], users: [] })),
  'help.getDeepLinkInfo': none(NO_NEWS, () => tl['help.deepLinkInfoEmpty']()),
  'help.getPeerColors': none(NO_PALETTE, () =>
    tl['help.peerColors']({
      hash: 0,
      colors: [0, 1, 2, 3, 4, 5, 6].map((colorId) => tl['help.peerColorOption']({ colorId })),
    }),
  ),
  'help.getPeerProfileColors': none(NO_PALETTE, () => tl['help.peerColors']({ hash: 0, colors: [] })),
} satisfies Partial<Handlers>
