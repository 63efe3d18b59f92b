import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'
import type { Topic } from '../rule.ts'
import { userAsPeer } from './peer.ts'

/** Days of what is told in months. */
const MONTH_DAYS = 30

/** Invoices, gifts and Stars. https://core.telegram.org/api/payments */
export const payments: Topic = {
  name: 'payments',
  pairs: [
    {
      from: 'StarsAmount',
      to: 'long',
      isPartial: true,
      make: (stars: T.StarsAmount) => (stars._ === 'starsAmount' ? stars.amount : undefined),
    },
    {
      from: 'Peer',
      to: 'long',
      isPartial: true,
      make: (peer: T.Peer) => (peer._ === 'peerUser' ? BigInt(peer.userId) : undefined),
    },
    {
      from: 'Vector<PaymentSavedCredentials>',
      to: 'PaymentSavedCredentials',
      isPartial: true,
      make: ([first]: T.PaymentSavedCredentials[]) => first,
    },
    { from: 'int', to: 'string', make: (value: number) => String(value) },
  ],
  down: [
    {
      from: 'messageActionGiftPremium messageActionGiftCode payments.checkedGiftCode',
      layers: [144, 216],
      fields: { months: ({ days }) => Math.round((days as number) / MONTH_DAYS) },
      isTotal: true,
    },
    {
      from: 'starsTransaction',
      layers: [181, 194],
      fields: { stars: ({ amount }) => (amount._ === 'starsAmount' ? amount.amount : undefined) },
    },
    {
      from: 'starsTransaction',
      layers: [195, 205],
      fields: { stars: ({ amount }) => amount },
      isTotal: true,
    },
  ],
  up: [
    {
      from: 'payments.getPaymentForm payments.sendPaymentForm payments.validateRequestedInfo',
      layers: [105, 142],
      // The oldest said the message alone.
      fields: {
        invoice: ({ peer, msgId }) =>
          tl.inputInvoiceMessage({ peer: peer ?? tl.inputPeerEmpty(), msgId: msgId as number }),
      },
      uses: 'peer msgId',
    },
    { from: 'payments.getPaymentReceipt', layers: [105, 126], fields: { peer: () => tl.inputPeerEmpty() } },
    {
      from:
        'payments.saveStarGift payments.convertStarGift payments.upgradeStarGift payments.transferStarGift ' +
        'inputInvoiceStarGiftUpgrade inputInvoiceStarGiftTransfer',
      layers: [189, 197],
      fields: { stargift: ({ msgId }) => tl.inputSavedStarGiftUser({ msgId: msgId as number }) },
      uses: 'msgId userId',
    },
    {
      from: 'inputInvoiceStarGift',
      layers: [189, 197],
      fields: { peer: ({ userId }) => userAsPeer(userId) },
      uses: 'userId',
    },
    {
      from: 'payments.updateStarGiftPrice',
      layers: [203, 210],
      fields: { resellAmount: ({ resellStars }) => starsAmount(resellStars as bigint) },
      uses: 'resellStars',
    },
    {
      from: 'payments.getStarsRevenueWithdrawalUrl',
      layers: [182, 205],
      fields: { amount: ({ stars }) => stars },
      uses: 'stars',
    },
    {
      from: 'users.getIsPremiumRequiredToContact',
      layers: [172, 204],
      to: 'users.getRequirementsToContact',
    },
    {
      from: 'account.updateConnectedBot',
      layers: [176, 200],
      fields: { rights: ({ canReply }) => (canReply ? tl.businessBotRights({ reply: true }) : undefined) },
      uses: 'canReply',
    },
  ],
  results: [
    {
      method: 'users.getRequirementsToContact',
      layers: [172, 199],
      oldName: 'users.getIsPremiumRequiredToContact',
      make: (list: T.RequirementToContact[]) => list.map(({ _ }) => _ === 'requirementToContactPremium'),
    },
  ],
}

function starsAmount(amount: bigint): T.StarsAmount {
  return tl.starsAmount({ amount, nanos: 0 })
}
