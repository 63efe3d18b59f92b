import type { TlObject } from '../../object.ts'
import type { Fields, Topic } from '../rule.ts'
import { channelAsPeer } from './peer.ts'

const TOPIC_METHODS = [
  'createForumTopic',
  'deleteTopicHistory',
  'editForumTopic',
  'getForumTopics',
  'getForumTopicsByID',
  'reorderPinnedForumTopics',
  'updatePinnedForumTopic',
]

/** Forum topics, which were those of a supergroup before other peers had them. https://core.telegram.org/api/forum */
export const forums: Topic = {
  name: 'forums',
  up: TOPIC_METHODS.map((name) => ({
    from: `channels.${name}`,
    layers: [148, 226] as const,
    to: `messages.${name}`,
    fields: { peer: ({ channel }: Fields) => channelAsPeer(channel) },
    uses: 'channel',
  })),
  down: [
    {
      from: 'updatePinnedForumTopic',
      layers: [148, 215],
      as: (update) => ofChannel(update, 'updateChannelPinnedTopic'),
    },
    {
      from: 'updatePinnedForumTopics',
      layers: [149, 215],
      as: (update) => ofChannel(update, 'updateChannelPinnedTopics'),
    },
  ],
}

function ofChannel({ peer, pinned, topicId, order }: Fields, name: string): TlObject | undefined {
  if (peer._ !== 'peerChannel') return undefined
  return { _: name, channelId: peer.channelId, pinned, topicId, order } as TlObject
}
