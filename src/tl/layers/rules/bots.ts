import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'
import type { Topic } from '../rule.ts'

/** Bots, their commands and web pages. https://core.telegram.org/api/bots */
export const bots: Topic = {
  name: 'bots',
  down: [
    {
      from: 'botInfo',
      layers: [140, 142],
      fields: { menuButton: ({ menuButton }) => menuButton ?? tl.botMenuButtonDefault() },
      isTotal: true,
    },
    {
      from: 'messageActionRequestedPeer',
      layers: [152, 168],
      fields: { peer: ({ peers }) => peers[0] },
    },
    {
      from: 'connectedBot botBusinessConnection',
      layers: [176, 200],
      fields: { canReply: ({ rights }) => rights?.reply === true },
    },
    { from: 'invoice', layers: [143, 163], fields: { recurringTermsUrl: ({ termsUrl }) => termsUrl } },
  ],
  up: [
    {
      from: 'bots.setBotCommands',
      layers: [105, 129],
      fields: { scope: () => tl.botCommandScopeDefault() },
    },
    {
      from: 'messages.sendBotRequestedPeer',
      layers: [152, 168],
      fields: { requestedPeers: ({ requestedPeer }) => [requestedPeer] },
      uses: 'requestedPeer',
    },
    {
      from: 'invoice',
      layers: [143, 163],
      fields: { termsUrl: ({ recurringTermsUrl }) => recurringTermsUrl },
      uses: 'recurringTermsUrl',
    },
  ],
  results: [
    {
      method: 'bots.getBotInfo',
      layers: [154, 157],
      make: ({ name, about, description }: T.bots.botInfo) => [name, about, description],
    },
    {
      method: 'messages.requestAppWebView',
      layers: [154, 182],
      make: ({ url }: T.webViewResultUrl) => ({ _: 'appWebViewResultUrl', url }),
    },
    {
      method: 'messages.requestSimpleWebView',
      layers: [140, 182],
      make: ({ url }: T.webViewResultUrl) => ({ _: 'simpleWebViewResultUrl', url }),
    },
  ],
}
