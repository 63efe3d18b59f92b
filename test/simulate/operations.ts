import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { RpcFailure, type Fields } from '../harness/device.ts'
import type { Chance } from './chance.ts'
import { raise, set, type HeldMessage } from './holding.ts'
import type { Phone } from './phone.ts'

/** What a device does, and how often compared with the rest. */
const WEIGHTS = {
  send: 30,
  reply: 8,
  edit: 8,
  delete: 6,
  deleteForBoth: 6,
  deleteHistory: 0.7,
  forward: 6,
  read: 14,
  draft: 5,
  pin: 3,
  mark: 2,
  block: 1.5,
  profile: 1,
  typing: 4,
} as const
export type Operation = keyof typeof WEIGHTS

/** What may be answered when others act at the same time. */
const EXPECTED = new Set([
  'MESSAGE_ID_INVALID',
  'MESSAGE_NOT_MODIFIED',
  'MESSAGE_AUTHOR_REQUIRED',
  'REPLY_MESSAGE_ID_INVALID',
  'YOU_BLOCKED_USER',
  'USER_IS_BLOCKED',
  'PEER_HISTORY_EMPTY',
  'PINNED_DIALOGS_TOO_MUCH',
  'MESSAGE_EDIT_TIME_EXPIRED',
  // Sent, and deleted by another device before the answer came.
  'RANDOM_ID_DUPLICATE',
])

/** A message that was answered as sent. */
export interface Sent {
  readonly fromId: number
  readonly toId: number
  readonly randomId: bigint
  readonly id: number
}

/** How one user names another. */
export interface Peers {
  peer(viewer: number, userId: number): T.InputPeer
}

/** Who does what: chooses, calls, and applies the answer as a client does. */
export class Operations {
  readonly sent: Sent[] = []
  readonly done = new Map<string, number>()
  readonly refused = new Map<string, number>()
  readonly #peers: Peers
  readonly #chance: Chance
  readonly #userIds: readonly number[]
  #count = 0

  constructor(peers: Peers, chance: Chance, userIds: readonly number[]) {
    this.#peers = peers
    this.#chance = chance
    this.#userIds = userIds
  }

  choose(): Operation {
    return this.#chance.weighed(WEIGHTS)
  }

  /** Does one thing on a device. Throws what no server should answer. */
  async run(phone: Phone, operation: Operation): Promise<void> {
    const peerId = this.#chance.pick(this.#userIds)
    try {
      await this[operation](phone, peerId)
      add(this.done, operation)
    } catch (error) {
      if (!(error instanceof RpcFailure) || !EXPECTED.has(error.message)) throw error
      add(this.refused, error.message)
    }
  }

  #peer(phone: Phone, peerId: number): T.InputPeer {
    return peerId === phone.userId ? tl.inputPeerSelf() : this.#peers.peer(phone.userId, peerId)
  }

  /** A message that the device knows; there may be none. */
  #known(phone: Phone, fits: (message: HeldMessage) => boolean): [number, HeldMessage] | undefined {
    const known = [...phone.holding.messages].filter(([, message]) => !message.isService && fits(message))
    // Rather one of the last.
    return known.length > 0 ? this.#chance.pick(known.slice(-12)) : undefined
  }

  async send(
    phone: Phone,
    peerId: number,
    more: Partial<Fields<'messages.sendMessage'>> = {},
  ): Promise<void> {
    const randomId = this.#chance.long()
    const clearDraft = this.#chance.happens(0.3)
    const draft = phone.holding.drafts
    const send = async (): Promise<void> => {
      const answer = await phone.call('messages.sendMessage', {
        peer: this.#peer(phone, peerId),
        message: `sent ${++this.#count}${this.#chance.happens(0.1) ? ' https://example.org' : ''}`,
        randomId,
        clearDraft,
        ...more,
      })
      this.#sent(phone, peerId, [randomId], answer)
    }
    if (!clearDraft) await send()
    else await phone.holding.change('draft', peerId, send, () => draft.delete(peerId))
  }

  #sent(phone: Phone, toId: number, randomIds: readonly bigint[], answer: T.Updates): void {
    const updates = 'updates' in answer ? answer.updates : []
    for (const randomId of randomIds) {
      const named = updates.find((each) => each._ === 'updateMessageID' && each.randomId === randomId)
      if (named?._ === 'updateMessageID')
        this.sent.push({ fromId: phone.userId, toId, randomId, id: named.id })
    }
    phone.following.take(answer)
  }

  async reply(phone: Phone): Promise<void> {
    const known = this.#known(phone, () => true)
    if (!known) return
    const replyTo = tl.inputReplyToMessage({ replyToMsgId: known[0] })
    await this.send(phone, known[1].peerId, { replyTo })
  }

  async edit(phone: Phone): Promise<void> {
    const known = this.#known(phone, (message) => message.isOut && !message.isForwarded)
    if (!known) return
    const answer = await phone.call('messages.editMessage', {
      peer: this.#peer(phone, known[1].peerId),
      id: known[0],
      message: `edited ${++this.#count}`,
    })
    phone.following.take(answer)
  }

  async delete(phone: Phone, _: number, revoke = false): Promise<void> {
    const ids = [this.#known(phone, () => true), this.#known(phone, () => true)].flatMap((known) =>
      known ? [known[0]] : [],
    )
    if (ids.length === 0) return
    const id = [...new Set(ids)]
    const answer = await phone.call('messages.deleteMessages', { id, revoke })
    phone.following.takeAffected(answer, () => id.forEach((each) => phone.holding.messages.delete(each)))
  }

  async deleteForBoth(phone: Phone, peerId: number): Promise<void> {
    await this.delete(phone, peerId, true)
  }

  async deleteHistory(phone: Phone, peerId: number): Promise<void> {
    const { messages } = phone.holding
    const own = [...messages].flatMap(([id, message]) => (message.peerId === peerId ? [id] : []))
    const maxId = Math.max(0, ...own)
    if (maxId === 0) return
    const peer = this.#peer(phone, peerId)
    const revoke = this.#chance.happens(0.3)
    const answer = await phone.call('messages.deleteHistory', { peer, maxId, revoke })
    phone.following.takeAffected(answer, () => {
      for (const [id, message] of messages) if (message.peerId === peerId && id <= maxId) messages.delete(id)
    })
    for (const kind of ['draft', 'pin', 'mark'] as const) phone.holding.unsure.add(`${kind} ${peerId}`)
  }

  async forward(phone: Phone, peerId: number): Promise<void> {
    const first = this.#known(phone, () => true)
    if (!first) return
    const fromPeerId = first[1].peerId
    const second = this.#known(phone, (message) => message.peerId === fromPeerId)
    const id = [...new Set([first[0], second?.[0] ?? first[0]])]
    const randomId = id.map(() => this.#chance.long())
    const answer = await phone.call('messages.forwardMessages', {
      fromPeer: this.#peer(phone, fromPeerId),
      toPeer: this.#peer(phone, peerId),
      id,
      randomId,
    })
    this.#sent(phone, peerId, randomId, answer)
  }

  async read(phone: Phone, peerId: number): Promise<void> {
    const { holding } = phone
    const incoming = [...holding.messages].flatMap(([id, message]) => (message.peerId === peerId ? [id] : []))
    if (incoming.length === 0) return
    const maxId = this.#chance.happens(0.6) ? Math.max(...incoming) : this.#chance.pick(incoming)
    const peer = this.#peer(phone, peerId)
    await holding.change(
      'mark',
      peerId,
      async () => {
        const answer = await phone.call('messages.readHistory', { peer, maxId })
        phone.following.takeAffected(answer, () => raise(holding.readInbox, peerId, maxId))
      },
      () => holding.marked.delete(peerId),
    )
  }

  async draft(phone: Phone, peerId: number): Promise<void> {
    const { holding } = phone
    const message = this.#chance.happens(0.2) ? '' : `draft ${++this.#count}`
    const peer = this.#peer(phone, peerId)
    await holding.change(
      'draft',
      peerId,
      () => phone.call('messages.saveDraft', { peer, message }),
      () => void (message === '' ? holding.drafts.delete(peerId) : holding.drafts.set(peerId, message)),
    )
  }

  async pin(phone: Phone, peerId: number): Promise<void> {
    const { holding } = phone
    const pinned = this.#chance.happens(0.6)
    const peer = tl.inputDialogPeer({ peer: this.#peer(phone, peerId) })
    await holding.change(
      'pin',
      peerId,
      () => phone.call('messages.toggleDialogPin', { peer, pinned }),
      () => set(holding.pinned, peerId, pinned),
    )
  }

  async mark(phone: Phone, peerId: number): Promise<void> {
    const { holding } = phone
    if (!this.#known(phone, (message) => message.peerId === peerId)) return
    const unread = this.#chance.happens(0.6)
    const peer = tl.inputDialogPeer({ peer: this.#peer(phone, peerId) })
    await holding.change(
      'mark',
      peerId,
      () => phone.call('messages.markDialogUnread', { peer, unread }),
      () => set(holding.marked, peerId, unread),
    )
  }

  async block(phone: Phone, peerId: number): Promise<void> {
    if (peerId === phone.userId) return
    const { holding } = phone
    const isBlocked = this.#chance.happens(0.4)
    const id = this.#peer(phone, peerId)
    await holding.change(
      'block',
      peerId,
      () => phone.call(isBlocked ? 'contacts.block' : 'contacts.unblock', { id }),
      () => set(holding.blocked, peerId, isBlocked),
    )
  }

  async profile(phone: Phone): Promise<void> {
    await phone.call('account.updateProfile', { firstName: `Name ${++this.#count}` })
  }

  async typing(phone: Phone, peerId: number): Promise<void> {
    const peer = this.#peer(phone, peerId)
    await phone.call('messages.setTyping', { peer, action: tl.sendMessageTypingAction() })
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
