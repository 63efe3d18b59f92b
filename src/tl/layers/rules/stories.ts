import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'
import type { Fields, Topic } from '../rule.ts'
import { userAsPeer, userIdOf } from './peer.ts'

/** Methods of stories that said a user where today any peer may stand; the others were about one's own. */
const OF_USER =
  'stories.exportStoryLink stories.getPinnedStories stories.getStoriesByID stories.incrementStoryViews ' +
  'stories.readStories stories.report stories.sendReaction'
const OF_SELF =
  'stories.canSendStory stories.deleteStories stories.editStory stories.getStoriesArchive stories.getStoriesViews ' +
  'stories.getStoryViewsList stories.sendStory stories.togglePinned'

/** Stories, which only users had at first. https://core.telegram.org/api/stories */
export const stories: Topic = {
  name: 'stories',
  pairs: [{ from: 'PeerStories', to: 'UserStories', isPartial: true, make: userStories }],
  down: [
    {
      from: 'messageMediaStory messageReplyStoryHeader updateReadStories updateStory webPageAttributeStory',
      layers: [160, 173],
      fields: { userId: ({ peer }) => userIdOf(peer) ?? 0 },
      isTotal: true,
    },
    {
      from: 'updateSentStoryReaction',
      layers: [161, 163],
      fields: { userId: ({ peer }) => userIdOf(peer) ?? 0 },
      isTotal: true,
    },
    {
      from: 'stories.allStories',
      layers: [160, 163],
      fields: {
        userStories: ({ peerStories }) =>
          (peerStories as T.peerStories[]).flatMap((one) => userStories(one) ?? []),
      },
    },
  ],
  up: [
    {
      from: OF_USER,
      layers: [160, 163],
      fields: { peer: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
    { from: OF_SELF, layers: [160, 163], fields: { peer: () => tl.inputPeerSelf() } },
    {
      from: 'stories.report',
      layers: [160, 188],
      fields: { option: ({ reason }) => new Uint8Array(Buffer.from(reason._)) },
      uses: 'reason',
    },
    { from: 'stories.getStoryViewsList', layers: [160, 160], uses: 'offsetDate offsetId' },
    {
      from: 'inputMediaStory inputReplyToStory',
      layers: [160, 173],
      fields: { peer: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
    {
      from: 'stories.getUserStories',
      layers: [160, 163],
      to: 'stories.getPeerStories',
      fields: { peer: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
    {
      from: 'users.getStoriesMaxIDs',
      layers: [160, 163],
      to: 'stories.getPeerMaxIDs',
      fields: { id: ({ id }) => (id as T.InputUser[]).map((user) => userAsPeer(user)) },
      uses: 'id',
    },
  ],
  results: [
    {
      method: 'stories.report',
      layers: [160, 188],
      make: (result: T.ReportResult) => result._ === 'reportResultReported',
    },
    { method: 'stories.canSendStory', layers: [162, 202], make: () => true },
    { method: 'stories.getPeerMaxIDs', layers: [160, 163], oldName: 'users.getStoriesMaxIDs', make: maxIds },
    { method: 'stories.getPeerMaxIDs', layers: [164, 216], make: maxIds },
    {
      method: 'stories.getPeerStories',
      layers: [160, 163],
      oldName: 'stories.getUserStories',
      make: ({ stories, users }: T.stories.peerStories) => {
        const list = userStories(stories)
        return list && { _: 'stories.userStories', stories: list, users }
      },
    },
  ],
}

function userStories({ peer, maxReadId, stories }: T.peerStories): Fields | undefined {
  const userId = userIdOf(peer)
  return userId === undefined ? undefined : { _: 'userStories', userId, maxReadId, stories }
}

function maxIds(list: readonly T.recentStory[]): number[] {
  return list.map(({ maxId }) => maxId ?? 0)
}
