import { tl } from '../../factories.ts'
import type { TlObject } from '../../object.ts'
import type * as T from '../../schema.d.ts'
import type { Fields, Topic } from '../rule.ts'
import { userIdOf } from './peer.ts'

/** Photos, stickers, polls, themes and pages. https://core.telegram.org/api/files */
export const media: Topic = {
  name: 'media',
  pairs: [
    { from: 'TextWithEntities', to: 'string', make: ({ text }: T.textWithEntities) => text },
    {
      from: 'string',
      to: 'TextWithEntities',
      make: (text: string) => tl.textWithEntities({ text, entities: [] }),
    },
    {
      from: 'Vector<ThemeSettings>',
      to: 'ThemeSettings',
      isPartial: true,
      make: ([settings]: T.ThemeSettings[]) => settings,
    },
    {
      from: 'Vector<MessageExtendedMedia>',
      to: 'MessageExtendedMedia',
      isPartial: true,
      make: ([first]: T.MessageExtendedMedia[]) => first,
    },
    { from: 'MessagePeerVote', to: 'MessageUserVote', isPartial: true, make: userVote },
  ],
  down: [
    // Clients of these layers name the files that they keep by the place of a size: no two may share one.
    {
      from: 'photo',
      layers: [105, 127],
      fields: {
        sizes: ({ id, sizes }) => placed(id, sizes),
        videoSizes: ({ id, videoSizes }) => placed(id, videoSizes),
      },
      isTotal: true,
    },
    {
      from: 'document',
      layers: [105, 127],
      fields: {
        thumbs: ({ id, thumbs }) => placed(id, thumbs),
        videoThumbs: ({ id, videoThumbs }) => placed(id, videoThumbs),
      },
      isTotal: true,
    },
    {
      from: 'photoSize photoCachedSize photoSizeProgressive videoSize',
      layers: [105, 127],
      fields: { location: ({ location, type }) => location ?? place(0n, type) },
      isTotal: true,
    },
    // Whole at once, for who cannot show it bit by bit.
    {
      from: 'photoSizeProgressive',
      layers: [105, 117],
      to: 'photoSize',
      fields: { size: ({ sizes }) => sizes.at(-1) ?? 0 },
      isTotal: true,
    },
    {
      from: 'stickerSet',
      layers: [105, 127],
      fields: { thumbs: ({ id, thumbs }) => placed(id, thumbs) },
    },
    {
      from: 'stickerSet',
      layers: [105, 121],
      fields: { thumb: ({ id, thumbs }) => placed(id, thumbs)?.[0] },
    },
    // There was but the one that is thrown to six.
    {
      from: 'messageMediaDice',
      layers: [111, 111],
      as: ({ emoticon }) => (emoticon === DIE ? undefined : tl.messageMediaUnsupported()),
    },
    { from: 'updateMessagePollVote', layers: [109, 158], fields: { userId: ({ peer }) => userIdOf(peer) } },
    {
      from: 'messageMediaDocument',
      layers: [160, 187],
      fields: { altDocument: ({ altDocuments }) => altDocuments?.[0] },
    },
    {
      from: 'themeSettings',
      layers: [107, 131],
      fields: {
        messageTopColor: ({ messageColors }) => messageColors?.at(0),
        messageBottomColor: ({ messageColors }) => messageColors?.at(-1),
      },
    },
    // An answer's bytes told the right ones before its place in the list did; what is not known is left out.
    { from: 'inputMediaPoll', layers: [105, 223], fields: { correctAnswers: () => undefined } },
  ],
  up: [
    { from: 'inputMediaDice', layers: [111, 111], fields: { emoticon: () => DIE } },
    {
      from: 'inputMediaPoll',
      layers: [105, 223],
      fields: { correctAnswers: answerPlaces },
      uses: 'correctAnswers',
    },
    {
      from: 'inputStickerSetThumb',
      layers: [105, 127],
      fields: { thumbVersion: ({ localId }) => localId },
      uses: 'volumeId localId',
    },
    { from: 'stickers.createStickerSet', layers: [105, 176], uses: 'animated videos' },
  ],
  fallbacks: [
    { union: 'StickerSetCovered', constructors: ['stickerSetMultiCovered'], isTotal: true, make: covered },
    // The text of what a layer cannot mark up.
    {
      union: 'RichText',
      constructors: [],
      isTotal: false,
      make: ({ text }) => (typeof text === 'object' ? (text as TlObject) : undefined),
    },
    {
      union: 'PageBlock',
      constructors: [],
      isTotal: false,
      make: ({ _, text }) =>
        /^pageBlockHeading\d$/.test(_ as string)
          ? tl.pageBlockHeader({ text: text as T.RichText })
          : undefined,
    },
  ],
}

const DIE = '🎲'

/** The sizes of a file, each with its place in it. */
function placed(
  fileId: bigint,
  sizes: readonly (T.PhotoSize | T.VideoSize)[] | undefined,
): object[] | undefined {
  return sizes?.map((size) => ('type' in size ? { ...size, location: place(fileId, size.type) } : size))
}

/** Old layers tell each size of a photo by a place of its own: the file and the type of the size are one. */
function place(fileId: bigint, type: string): TlObject {
  const localId = type.charCodeAt(0) || 0
  return { _: 'fileLocationToBeDeprecated', volumeId: fileId, localId } as TlObject
}

function userVote(vote: T.MessagePeerVote): object | undefined {
  const userId = userIdOf(vote.peer)
  if (userId === undefined) return undefined
  return { ...vote, _: vote._.replace('Peer', 'User'), userId }
}

function answerPlaces({ poll, correctAnswers }: Fields): number[] | undefined {
  const list = correctAnswers as Uint8Array[] | undefined
  const answers = (poll as T.poll).answers
  return list?.map((option) =>
    answers.findIndex((answer) => 'option' in answer && Buffer.compare(answer.option, option) === 0),
  )
}

function covered({ set, documents }: Fields): TlObject {
  return tl.stickerSetMultiCovered({ set: set as T.StickerSet, covers: (documents as T.Document[]) ?? [] })
}
