import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'
import type { Topic } from '../rule.ts'
import { channelAsPeer, userAsPeer } from './peer.ts'

/** Groups, channels, folders and invitations. https://core.telegram.org/api/channel */
export const chats: Topic = {
  name: 'chats',
  up: [
    {
      from: 'channels.editBanned channels.getParticipant',
      layers: [105, 125],
      fields: { participant: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
    {
      from: 'channels.reportSpam',
      layers: [105, 134],
      fields: { participant: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
    {
      from: 'channels.deleteUserHistory',
      layers: [105, 134],
      to: 'channels.deleteParticipantHistory',
      fields: { participant: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
    {
      from: 'channels.toggleSignatures',
      layers: [105, 185],
      fields: { signaturesEnabled: ({ enabled }) => enabled },
      uses: 'enabled',
    },
    {
      from: 'channels.editCreator',
      layers: [105, 226],
      to: 'messages.editChatCreator',
      fields: { peer: ({ channel }) => channelAsPeer(channel) },
      uses: 'channel',
    },
    {
      from: 'channels.getFutureCreatorAfterLeave',
      layers: [105, 226],
      to: 'messages.getFutureChatCreatorAfterLeave',
      fields: { peer: ({ channel }) => channelAsPeer(channel) },
      uses: 'channel',
    },
    // These counted what the layer before asked for: public channels that may act in a call.
    { from: 'channels.getAdminedPublicChannels', layers: [125, 127], uses: 'forGroupcall' },
    {
      from: 'messages.setChatTheme',
      layers: [132, 213],
      fields: {
        theme: ({ emoticon }) =>
          emoticon === '' ? tl.inputChatThemeEmpty() : tl.inputChatTheme({ emoticon: emoticon as string }),
      },
      uses: 'emoticon',
    },
    {
      from: 'contacts.toggleStoriesHidden',
      layers: [160, 163],
      to: 'stories.togglePeerStoriesHidden',
      fields: { peer: ({ id }) => userAsPeer(id) },
      uses: 'id',
    },
    {
      from: 'account.addNoPaidMessagesException',
      layers: [200, 204],
      to: 'account.toggleNoPaidMessagesException',
    },
    {
      from: 'channels.viewSponsoredMessage channels.clickSponsoredMessage channels.reportSponsoredMessage',
      layers: [132, 191],
      uses: 'channel',
    },
    { from: 'channels.viewSponsoredMessage', layers: [132, 191], to: 'messages.viewSponsoredMessage' },
    { from: 'channels.clickSponsoredMessage', layers: [132, 191], to: 'messages.clickSponsoredMessage' },
    { from: 'channels.reportSponsoredMessage', layers: [132, 191], to: 'messages.reportSponsoredMessage' },
    {
      from: 'messages.viewSponsoredMessage messages.clickSponsoredMessage messages.reportSponsoredMessage',
      layers: [192, 200],
      uses: 'peer',
    },
    {
      from: 'channels.getSponsoredMessages',
      layers: [132, 191],
      to: 'messages.getSponsoredMessages',
      fields: { peer: ({ channel }) => channelAsPeer(channel) },
      uses: 'channel',
    },
  ],
  down: [
    {
      from: 'messageActionSetChatTheme',
      layers: [132, 213],
      fields: { emoticon: ({ theme }) => theme.emoticon ?? '' },
      isTotal: true,
    },
  ],
  results: [
    { method: 'channels.deleteHistory', layers: [105, 139], make: () => true },
    ...['messages.addChatUser', 'messages.createChat', 'channels.inviteToChannel'].map((method) => ({
      method,
      layers: [105, 176] as const,
      make: ({ updates }: T.messages.invitedUsers) => updates,
    })),
    ...['messages.importChatInvite', 'channels.joinChannel'].map((method) => ({
      method,
      layers: [105, 226] as const,
      make: (result: T.messages.ChatInviteJoinResult) => ('updates' in result ? result.updates : undefined),
    })),
    {
      method: 'messages.getDialogFilters',
      layers: [111, 175],
      make: ({ filters }: T.messages.dialogFilters) => filters,
    },
  ],
}
