import type * as T from '../../src/tl/schema.d.ts'

/** A message as far as it is compared. */
export interface HeldMessage {
  readonly peerId: number
  readonly isOut: boolean
  readonly text: string
  readonly editDate: number
  readonly isService: boolean
  readonly isForwarded: boolean
}

/** What a client keeps of an account: the part of its database that updates change. */
export class Holding {
  readonly messages = new Map<number, HeldMessage>()
  readonly readInbox = new Map<number, number>()
  readonly readOutbox = new Map<number, number>()
  readonly drafts = new Map<number, string>()
  readonly pinned = new Set<number>()
  readonly marked = new Set<number>()
  readonly blocked = new Set<number>()
  /** Ids of messages that an update brought as new. */
  readonly announced = new Set<number>()
  /** Under which id each text was first seen. */
  readonly #idOfText = new Map<string, number>()
  /** How many changes outside pts came for each thing, by its kind and peer. */
  readonly changes = new Map<string, number>()
  /** Things that the device changed while somebody else did: whose change was the last, it cannot know. */
  readonly unsure = new Set<string>()
  /** What no honest server does. */
  readonly faults: string[] = []

  /** Forgets everything, to be loaded anew. */
  clear(): void {
    this.messages.clear()
    this.readInbox.clear()
    this.readOutbox.clear()
    this.drafts.clear()
    this.pinned.clear()
    this.marked.clear()
    this.blocked.clear()
  }

  /** Takes a message from a list. */
  put(message: T.Message): void {
    if (message._ === 'messageEmpty') return
    const isService = message._ === 'messageService'
    const held: HeldMessage = {
      peerId: userIdOf(message.peerId),
      isOut: message.out,
      text: isService ? '' : message.message,
      editDate: isService ? 0 : (message.editDate ?? 0),
      isService,
      isForwarded: !isService && message.fwdFrom !== undefined,
    }
    this.messages.set(message.id, held)
    // Each text of a simulation is sent once.
    if (!held.text.startsWith('sent ') || held.isForwarded) return
    const known = this.#idOfText.get(held.text)
    if (known === undefined) this.#idOfText.set(held.text, message.id)
    else if (known !== message.id) this.faults.push(`"${held.text}" is message ${known} and ${message.id}`)
  }

  putDialog(dialog: T.Dialog): void {
    if (dialog._ !== 'dialog') return
    const peerId = userIdOf(dialog.peer)
    raise(this.readInbox, peerId, dialog.readInboxMaxId)
    raise(this.readOutbox, peerId, dialog.readOutboxMaxId)
    set(this.pinned, peerId, dialog.pinned)
    set(this.marked, peerId, dialog.unreadMark)
    this.#putDraft(peerId, dialog.draft)
  }

  #putDraft(peerId: number, draft: T.DraftMessage | undefined): void {
    if (draft?._ === 'draftMessage') this.drafts.set(peerId, draft.message)
    else this.drafts.delete(peerId)
  }

  putNew(message: T.Message): void {
    if (this.announced.has(message.id)) this.faults.push(`message ${message.id} was new twice`)
    this.announced.add(message.id)
    this.put(message)
  }

  /** Applies an update whose turn it is. */
  apply(update: T.Update): void {
    this.#apply(update)
  }

  /** Applies an update that was kept while the difference was asked for, which may be older than that. */
  applyKept(update: T.Update, keptAt: number | undefined): void {
    const key = changedBy(update)
    if (key && this.changes.get(key) !== keptAt) this.unsure.add(key)
    this.#apply(update)
  }

  #apply(update: T.Update): void {
    const key = changedBy(update)
    if (key) this.changes.set(key, (this.changes.get(key) ?? 0) + 1)
    switch (update._) {
      case 'updateNewMessage':
        return this.putNew(update.message)
      case 'updateEditMessage':
        return this.put(update.message)
      case 'updateDeleteMessages':
        return update.messages.forEach((id) => this.messages.delete(id))
      case 'updateReadHistoryInbox':
        return raise(this.readInbox, userIdOf(update.peer), update.maxId)
      case 'updateReadHistoryOutbox':
        return raise(this.readOutbox, userIdOf(update.peer), update.maxId)
      case 'updateDraftMessage':
        return this.#putDraft(userIdOf(update.peer), update.draft)
      case 'updateDialogPinned':
        if (update.peer._ !== 'dialogPeer') return
        return set(this.pinned, userIdOf(update.peer.peer), update.pinned)
      case 'updateDialogUnreadMark':
        if (update.peer._ !== 'dialogPeer') return
        return set(this.marked, userIdOf(update.peer.peer), update.unread)
      case 'updatePeerBlocked':
        return set(this.blocked, userIdOf(update.peerId), update.blocked)
      default:
    }
  }

  /** Makes a change of the device's own, outside pts, whose answer brings no update. */
  async change(kind: Kind, peerId: number, make: () => Promise<unknown>, apply: () => void): Promise<void> {
    const key = keyOf(kind, peerId)
    const before = this.changes.get(key)
    await make()
    if (this.changes.get(key) !== before) this.unsure.add(key)
    apply()
  }
}

export type Kind = 'draft' | 'pin' | 'mark' | 'block'

export function keyOf(kind: Kind, peerId: number): string {
  return `${kind} ${peerId}`
}

/** Which thing outside pts an update changes. */
export function changedBy(update: T.Update): string | undefined {
  switch (update._) {
    case 'updateDraftMessage':
      return keyOf('draft', userIdOf(update.peer))
    case 'updatePeerBlocked':
      return keyOf('block', userIdOf(update.peerId))
    case 'updateDialogPinned':
    case 'updateDialogUnreadMark': {
      const kind = update._ === 'updateDialogPinned' ? 'pin' : 'mark'
      return update.peer._ === 'dialogPeer' ? keyOf(kind, userIdOf(update.peer.peer)) : undefined
    }
    default:
      return undefined
  }
}

export function userIdOf(peer: T.Peer): number {
  return peer._ === 'peerUser' ? peer.userId : 0
}

export function set(of: Set<number>, peerId: number, isIn: boolean): void {
  if (isIn) of.add(peerId)
  else of.delete(peerId)
}

/** Marks of reading only go up. */
export function raise(marks: Map<number, number>, peerId: number, to: number): void {
  marks.set(peerId, Math.max(marks.get(peerId) ?? 0, to))
}
