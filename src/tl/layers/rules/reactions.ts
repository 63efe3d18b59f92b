import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'
import type { Fields, Topic } from '../rule.ts'
import { userIdOf } from './peer.ts'

/** Reactions, which were strings of one emoji at first. https://core.telegram.org/api/reactions */
export const reactions: Topic = {
  name: 'reactions',
  pairs: [
    { from: 'Reaction', to: 'string', isPartial: true, make: emojiOf },
    { from: 'string', to: 'Reaction', make: reactionOf },
    { from: 'ChatReactions', to: 'Vector<string>', isPartial: true, make: emojiList },
    {
      from: 'Vector<string>',
      to: 'ChatReactions',
      make: (list: string[]) =>
        list.length === 0
          ? tl.chatReactionsNone()
          : tl.chatReactionsSome({ reactions: list.map((emoji) => reactionOf(emoji)) }),
    },
    {
      from: 'string',
      to: 'Vector<Reaction>',
      make: (emoji: string) => (emoji === '' ? [] : [reactionOf(emoji)]),
    },
    { from: 'MessagePeerReaction', to: 'MessageUserReaction', isPartial: true, make: userReaction },
    {
      from: 'PaidReactionPrivacy',
      to: 'Bool',
      make: (privacy: T.PaidReactionPrivacy) => privacy._ === 'paidReactionPrivacyAnonymous',
    },
    { from: 'Bool', to: 'PaidReactionPrivacy', make: paidPrivacy },
    {
      from: 'true',
      to: 'PaidReactionPrivacy',
      make: paidPrivacy,
    },
  ],
  down: [
    {
      from: 'reactionCount',
      layers: [136, 144],
      fields: { chosen: ({ chosenOrder }) => chosenOrder !== undefined },
    },
    {
      from: 'messageReactions',
      layers: [136, 137],
      fields: {
        recentReactons: ({ recentReactions }) =>
          (recentReactions as T.messagePeerReaction[] | undefined)?.flatMap((one) => userReaction(one) ?? []),
      },
    },
  ],
}

function emojiOf(reaction: T.Reaction): string | undefined {
  return reaction._ === 'reactionEmoji' ? reaction.emoticon : undefined
}

function reactionOf(emoticon: string): T.Reaction {
  return emoticon === '' ? tl.reactionEmpty() : tl.reactionEmoji({ emoticon })
}

function emojiList(allowed: T.ChatReactions): string[] | undefined {
  return allowed._ === 'chatReactionsSome'
    ? allowed.reactions.flatMap((one) => emojiOf(one) ?? [])
    : undefined
}

function userReaction({ peerId, reaction }: T.messagePeerReaction): Fields | undefined {
  const userId = userIdOf(peerId)
  const emoji = emojiOf(reaction)
  if (userId === undefined || emoji === undefined) return undefined
  return { _: 'messageUserReaction', userId, reaction: emoji }
}

function paidPrivacy(isPrivate: boolean): T.PaidReactionPrivacy {
  return isPrivate ? tl.paidReactionPrivacyAnonymous() : tl.paidReactionPrivacyDefault()
}
