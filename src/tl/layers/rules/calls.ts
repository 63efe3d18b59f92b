import { tl } from '../../factories.ts'
import type { Topic } from '../rule.ts'
import { userAsPeer, userIdOf } from './peer.ts'

/** Group calls. https://core.telegram.org/api/end-to-end/group-calls */
export const calls: Topic = {
  name: 'calls',
  down: [
    {
      from: 'updateGroupCall',
      layers: [122, 216],
      fields: {
        chatId: ({ peer }) =>
          peer?._ === 'peerChat' ? peer.chatId : peer?._ === 'peerChannel' ? peer.channelId : undefined,
      },
    },
    {
      from: 'groupCallParticipant',
      layers: [122, 124],
      fields: { userId: ({ peer }) => userIdOf(peer) ?? 0 },
      isTotal: true,
    },
  ],
  up: [
    { from: 'phone.joinGroupCall', layers: [122, 124], fields: { joinAs: () => tl.inputPeerSelf() } },
    {
      from: 'phone.getGroupParticipants',
      layers: [122, 124],
      // These clients know no access hash of the participants that they ask about.
      fields: {
        ids: ({ ids }) => (ids as number[]).map((userId) => tl.inputPeerUser({ userId, accessHash: 0n })),
      },
      uses: 'ids',
    },
    {
      from: 'phone.checkGroupCall',
      layers: [122, 128],
      fields: { sources: ({ source }) => [source] },
      uses: 'source',
    },
    {
      from: 'phone.editGroupCallMember',
      layers: [122, 124],
      to: 'phone.editGroupCallParticipant',
      fields: { participant: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
  ],
  results: [
    { method: 'phone.checkGroupCall', layers: [122, 128], make: (sources: number[]) => sources.length > 0 },
    { method: 'phone.sendGroupCallMessage', layers: [216, 216], make: () => true },
  ],
}
