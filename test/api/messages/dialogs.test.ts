import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import type { Fields } from '../../harness/device.ts'
import { Person, startWorld, type World } from '../../harness/people.ts'

let world: World
let alice: Person
/** Who wrote to alice, the first one first. */
const others: Person[] = []

beforeAll(async () => {
  world = await startWorld()
  alice = await world.person('Alice')
  for (const name of ['Bob', 'Carol', 'Dave', 'Erin']) {
    const person = await world.person(name)
    await person.send(alice, `I am ${name}`)
    others.push(person)
  }
  await alice.device.updates()
})
afterAll(() => world[Symbol.asyncDispose]())

async function list(person: Person, fields: Partial<Fields<'messages.getDialogs'>> = {}) {
  const answer = await person.call('messages.getDialogs', {
    offsetDate: 0,
    offsetId: 0,
    offsetPeer: tl.inputPeerEmpty(),
    limit: 100,
    hash: 0n,
    folderId: 0,
    ...fields,
  })
  if (answer._ === 'messages.dialogsNotModified') throw new Error(answer._)
  return answer
}

const nameOf = (peer: T.Peer): string | undefined =>
  others.find((other) => peer._ === 'peerUser' && other.id === peer.userId)?.firstName
/** Those of the others; the service account is passed over. */
const names = (dialogs: readonly T.Dialog[]): (string | undefined)[] =>
  dialogs.map((dialog) => (dialog._ === 'dialog' ? nameOf(dialog.peer) : dialog._)).filter(Boolean)
const inputOf = (person: Person): T.InputDialogPeer => tl.inputDialogPeer({ peer: alice.peer(person) })

describe('messages.getDialogs', () => {
  test('lists the newest first, with their messages and people', async () => {
    const answer = await list(alice)
    expect(answer._).toBe('messages.dialogs')
    expect(names(answer.dialogs)).toEqual(['Erin', 'Dave', 'Carol', 'Bob'])
    expect(answer.dialogs[0]).toMatchObject({
      unreadCount: 1,
      pts: undefined,
      topMessage: answer.messages[0]?.id,
    })
    expect(answer.messages).toHaveLength(4)
    expect(answer.users.map((user) => user.id)).toEqual(
      expect.arrayContaining(others.map((other) => other.id)),
    )
  })

  test('goes on from an offset, and ends', async () => {
    const page = await list(alice, { limit: 3 })
    expect(page).toMatchObject({ _: 'messages.dialogsSlice', count: 4 })
    const last = page.messages.find((message) => message.id === (page.dialogs[2] as T.dialog).topMessage)
    if (last?._ !== 'message') throw new Error('no message')
    const offset = { offsetDate: last.date, offsetId: last.id, offsetPeer: alice.peer(others[1]!) }
    const next = await list(alice, { ...offset, limit: 3 })
    expect(names(next.dialogs)).toEqual(['Bob'])
    expect(next).toMatchObject({ count: 4 })
    expect((await list(alice, { offsetDate: 5, offsetId: 1, limit: 3 })).dialogs).toEqual([])
    expect(
      names((await list(alice, { offsetDate: 2_146_999_999, excludePinned: true })).dialogs),
    ).toHaveLength(4)
    expect((await list(alice, { folderId: 1 })).dialogs).toEqual([])
    await expect(list(alice, { folderId: 7 })).rejects.toThrow('FOLDER_ID_INVALID')
  })

  test('a first message makes the dialog for both', async () => {
    expect((await list(others[0]!)).dialogs).toMatchObject([{ peer: { userId: alice.id } }])
    const stranger = await world.person('Stranger')
    expect((await list(stranger)).dialogs).toEqual([])
    const [dialog] = (
      await stranger.call('messages.getPeerDialogs', {
        peers: [tl.inputDialogPeer({ peer: stranger.peer(alice) })],
      })
    ).dialogs
    expect(dialog).toMatchObject({ topMessage: 0, unreadCount: 0 })
  })
})

describe('pinned dialogs', () => {
  test('stand first, in their order, on all devices', async () => {
    const desk = await alice.anotherDevice()
    const [bob, carol] = others as [Person, Person]
    await alice.call('messages.toggleDialogPin', { pinned: true, peer: inputOf(bob) })
    await alice.call('messages.toggleDialogPin', { pinned: true, peer: inputOf(carol) })
    const [pin] = await desk.expectUpdates('updateDialogPinned', 'updateDialogPinned')
    expect(pin).toMatchObject({ pinned: true, peer: { peer: { userId: bob.id } } })
    expect(names((await list(alice)).dialogs)).toEqual(['Carol', 'Bob', 'Erin', 'Dave'])
    expect(names((await list(alice, { excludePinned: true })).dialogs)).toEqual(['Erin', 'Dave'])
    expect(await list(alice, { excludePinned: true, limit: 1 })).toMatchObject({ count: 3 })

    await alice.call('messages.reorderPinnedDialogs', {
      force: true,
      folderId: 0,
      order: [inputOf(bob), inputOf(carol)],
    })
    const [order] = await desk.expectUpdates('updatePinnedDialogs')
    expect(order.order).toMatchObject([{ peer: { userId: bob.id } }, { peer: { userId: carol.id } }])
    const pinned = await alice.call('messages.getPinnedDialogs', { folderId: 0 })
    expect(names(pinned.dialogs)).toEqual(['Bob', 'Carol'])
    expect(pinned.state.pts).toBe(alice.device.pts)

    await alice.call('messages.toggleDialogPin', { peer: inputOf(bob) })
    await alice.call('messages.reorderPinnedDialogs', { force: true, folderId: 0, order: [] })
    await desk.expectUpdates('updateDialogPinned', 'updatePinnedDialogs')
    expect((await alice.call('messages.getPinnedDialogs', { folderId: 0 })).dialogs).toEqual([])
    await alice.expectUpdates()
    desk.close()
  })

  test('there are five at most, and a chat without messages cannot be one', async () => {
    const stranger = await world.person('Nobody')
    expect(await alice.failure('messages.toggleDialogPin', { pinned: true, peer: inputOf(stranger) })).toBe(
      'PEER_HISTORY_EMPTY',
    )
    const dana = await world.person('Dana')
    const friends = [alice, ...others]
    for (const friend of friends) await friend.send(dana, 'hi')
    const more = await world.person('More')
    await more.send(dana, 'hi')
    for (const friend of friends) {
      await dana.call('messages.toggleDialogPin', {
        pinned: true,
        peer: tl.inputDialogPeer({ peer: dana.peer(friend) }),
      })
    }
    const sixth = { pinned: true, peer: tl.inputDialogPeer({ peer: dana.peer(more) }) }
    expect(await dana.failure('messages.toggleDialogPin', sixth)).toBe('PINNED_DIALOGS_TOO_MUCH')
    await dana.device.updates()
  })

  test('lose their pin with their last message, on both sides, but not when they are only cleared', async () => {
    const eve = await world.person('Eve')
    const fay = await world.person('Fay')
    const { id } = await eve.send(fay, 'the only one')
    const withFay = { pinned: true, peer: tl.inputDialogPeer({ peer: eve.peer(fay) }) }
    await eve.call('messages.toggleDialogPin', withFay)
    await fay.call('messages.toggleDialogPin', {
      pinned: true,
      peer: tl.inputDialogPeer({ peer: fay.peer(eve) }),
    })
    await fay.device.updates()
    await eve.call('messages.deleteMessages', { revoke: true, id: [id] })
    for (const person of [eve, fay]) {
      expect(await person.call('messages.getPinnedDialogs', { folderId: 0 })).toMatchObject({ dialogs: [] })
    }
    const [, unpinned] = await fay.expectUpdates('updateDeleteMessages', 'updateDialogPinned')
    expect(unpinned).toMatchObject({ pinned: false, peer: { peer: { userId: eve.id } } })
    await eve.expectUpdates('updateDialogPinned')

    await eve.send(fay, 'another one')
    await eve.call('messages.toggleDialogPin', withFay)
    await eve.call('messages.deleteHistory', { justClear: true, peer: eve.peer(fay), maxId: 0 })
    const pinned = await eve.call('messages.getPinnedDialogs', { folderId: 0 })
    expect(pinned.dialogs).toMatchObject([{ pinned: true, peer: { userId: fay.id } }])
  })
})

describe('the archive', () => {
  test('takes dialogs out of the list and gives them back', async () => {
    const desk = await alice.anotherDevice()
    const dave = others[2]!
    const move = (folderId: number) => ({
      folderPeers: [tl.inputFolderPeer({ peer: alice.peer(dave), folderId })],
    })
    const answer = await alice.call('folders.editPeerFolders', move(1))
    expect(answer).toMatchObject({
      updates: [{ _: 'updateFolderPeers', ptsCount: 1, folderPeers: [{ folderId: 1 }] }],
    })
    await desk.expectUpdates('updateFolderPeers')
    expect(names((await list(alice)).dialogs)).not.toContain('Dave')
    expect(names((await list(alice, { folderId: 1 })).dialogs)).toEqual(['Dave'])
    expect((await list(alice, { folderId: 1 })).dialogs).toMatchObject([{ folderId: 1 }])
    const everything = await alice.call('messages.getDialogs', {
      offsetDate: 0,
      offsetId: 0,
      offsetPeer: tl.inputPeerEmpty(),
      limit: 100,
      hash: 0n,
    })
    expect('dialogs' in everything && names(everything.dialogs)).toContain('Dave')
    const pinned = await alice.call('messages.getPinnedDialogs', { folderId: 0 })
    expect(pinned.dialogs).toMatchObject([
      { _: 'dialogFolder', folder: { id: 1 }, unreadUnmutedMessagesCount: 1 },
    ])
    await alice.call('folders.editPeerFolders', move(0))
    await desk.expectUpdates('updateFolderPeers')
    expect(names((await list(alice)).dialogs)).toContain('Dave')
    expect(await alice.failure('folders.editPeerFolders', move(5))).toBe('FOLDER_ID_INVALID')
    await alice.expectUpdates()
    desk.close()
  })
})

test('an archived chat comes back with a new message, unless it is muted', async () => {
  const fay = await world.person('Fay')
  const [bob] = others as [Person]
  await bob.send(fay, 'one')
  const peer = fay.peer(bob)
  const archive = { folderPeers: [tl.inputFolderPeer({ peer, folderId: 1 })] }
  await fay.call('folders.editPeerFolders', archive)
  await fay.device.updates()
  await bob.send(fay, 'two')
  const [, moved] = await fay.expectUpdates('updateNewMessage', 'updateFolderPeers')
  expect(moved.folderPeers).toMatchObject([{ folderId: 0, peer: { userId: bob.id } }])

  const settings = tl.inputPeerNotifySettings({ muteUntil: 0x7fffffff })
  await fay.call('account.updateNotifySettings', { peer: tl.inputNotifyPeer({ peer }), settings })
  await fay.call('folders.editPeerFolders', archive)
  await bob.send(fay, 'three')
  await fay.expectUpdates('updateNewMessage')
  expect(await list(fay, { folderId: 1 })).toMatchObject({ dialogs: [{ unreadCount: 3 }] })
})

describe('drafts', () => {
  test('are shared by the devices, and cleared by sending', async () => {
    const desk = await alice.anotherDevice()
    const erin = others[3]!
    const draft = { peer: alice.peer(erin), message: ' half a *thought* ', noWebpage: true }
    await alice.call('messages.saveDraft', draft)
    const [saved] = await desk.expectUpdates('updateDraftMessage')
    expect(saved).toMatchObject({
      peer: { userId: erin.id },
      draft: { _: 'draftMessage', message: 'half a *thought*', noWebpage: true, date: expect.any(Number) },
    })
    await alice.call('messages.saveDraft', draft)
    await desk.expectUpdates()
    const dialog = (await list(alice)).dialogs.find(
      (each) => each._ === 'dialog' && nameOf(each.peer) === 'Erin',
    )
    expect(dialog).toMatchObject({ draft: { message: 'half a *thought*' } })
    expect(await alice.call('messages.getAllDrafts')).toMatchObject({
      updates: [{ _: 'updateDraftMessage' }],
    })

    await alice.send(erin, 'a whole thought', { clearDraft: true })
    const [, cleared] = await desk.expectUpdates('updateNewMessage', 'updateDraftMessage')
    expect(cleared.draft).toMatchObject({ _: 'draftMessageEmpty' })
    expect(await alice.call('messages.getAllDrafts')).toMatchObject({ updates: [] })
    await erin.device.updates()
    await alice.expectUpdates()
    desk.close()
  })

  test('can all be cleared at once', async () => {
    const desk = await alice.anotherDevice()
    for (const other of others.slice(0, 2)) {
      await alice.call('messages.saveDraft', { peer: alice.peer(other), message: 'x' })
    }
    await alice.call('messages.clearAllDrafts')
    await desk.expectUpdates(
      'updateDraftMessage',
      'updateDraftMessage',
      'updateDraftMessage',
      'updateDraftMessage',
    )
    expect(await alice.call('messages.getAllDrafts')).toMatchObject({ updates: [] })
    desk.close()
  })
})

describe('folders of chats', () => {
  test('are kept in their order, with all chats among them', async () => {
    const desk = await alice.anotherDevice()
    const bob = others[0]!
    const filter = (id: number, title: string): T.dialogFilter =>
      tl.dialogFilter({
        id,
        title: tl.textWithEntities({ text: title, entities: [] }),
        contacts: true,
        pinnedPeers: [],
        includePeers: [alice.peer(bob)],
        excludePeers: [],
      })
    expect((await alice.call('messages.getDialogFilters')).filters).toEqual([tl.dialogFilterDefault()])
    await alice.call('messages.updateDialogFilter', { id: 2, filter: filter(2, 'Friends') })
    await alice.call('messages.updateDialogFilter', { id: 3, filter: filter(3, 'Work') })
    await alice.call('messages.updateDialogFiltersOrder', { order: [3, 0, 2] })
    await desk.expectUpdates('updateDialogFilter', 'updateDialogFilter', 'updateDialogFilterOrder')
    const { filters } = await alice.call('messages.getDialogFilters')
    expect(filters).toMatchObject([
      { id: 3 },
      { _: 'dialogFilterDefault' },
      { id: 2, includePeers: [alice.peer(bob)] },
    ])
    await alice.call('messages.updateDialogFilter', { id: 3 })
    const [gone] = await desk.expectUpdates('updateDialogFilter')
    expect(gone).toMatchObject({ id: 3, filter: undefined })
    const request = (id: number, title: string) => ({ id, filter: filter(id, title) })
    expect(await alice.failure('messages.updateDialogFilter', request(1, 'x'))).toBe('FILTER_ID_INVALID')
    expect(await alice.failure('messages.updateDialogFilter', request(4, ' '))).toBe('FILTER_TITLE_EMPTY')
    const nothing = { ...filter(4, 'x'), contacts: false, includePeers: [] }
    expect(await alice.failure('messages.updateDialogFilter', { id: 4, filter: nothing })).toBe(
      'FILTER_INCLUDE_EMPTY',
    )
    expect(await alice.failure('messages.updateDialogFilter', { id: 9 })).toBe('FILTER_ID_INVALID')
    await alice.expectUpdates()
    desk.close()
  })
})
