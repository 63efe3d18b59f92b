import { expect } from 'vitest'
import type { Seen } from './person.ts'
import type { Resident, World } from './world.ts'

/** The service account writes at each login; a conversation is not about that. */
const SERVICE_USER_ID = 777000

/** Alice finds Bob by his number, Bob finds Alice by her username. */
export async function findEachOther(alice: Resident, bob: Resident): Promise<void> {
  const bobFound = await alice.person.addContact(bob.phone, bob.firstName)
  expect(bobFound).toMatchObject({ userId: bob.id, firstName: bob.firstName, username: bob.username })
  expect(await alice.person.addContact('+999661999999', 'Nobody')).toBeUndefined()
  const aliceFound = await bob.person.findByUsername(alice.username)
  expect(aliceFound).toMatchObject({ userId: alice.id, firstName: alice.firstName, username: alice.username })
}

/** One writes, the other sees it at once; returns the message as each of them sees it. */
export async function say(
  from: Resident,
  to: Resident,
  text: string,
  replyToId?: number,
): Promise<[Seen, Seen]> {
  const sent = await from.person.send(to.id, text, replyToId)
  expect(sent).toMatchObject({ text, withId: to.id, isOut: true, replyToId })
  const { message } = await to.person.happenings.next('message', ({ message }) => message.text === text)
  expect(message).toMatchObject({ withId: from.id, isOut: false, isEdited: false })
  return [sent, message]
}

/** Everything that two people do in a private chat while both are there. */
export async function converse(alice: Resident, bob: Resident): Promise<void> {
  const [hello, helloAtBob] = await say(alice, bob, 'Hello, Bob')
  const [, answer] = await say(bob, alice, 'Hello, Alice', helloAtBob.id)
  expect(answer.replyToId).toBe(hello.id)

  await alice.person.edit(bob.id, hello.id, 'Hello, dear Bob')
  const { message: edited } = await bob.person.happenings.next('edit')
  expect(edited).toMatchObject({
    id: helloAtBob.id,
    text: 'Hello, dear Bob',
    withId: alice.id,
    isEdited: true,
  })

  const [slip, slipAtBob] = await say(alice, bob, 'This was meant for somebody else 🤫')
  await alice.person.deleteForBoth(bob.id, [slip.id])
  const gone = await bob.person.happenings.next('delete')
  expect(gone.ids).toEqual([slipAtBob.id])

  const [last, lastAtBob] = await say(alice, bob, 'Are you still there?')
  expect(await unreadWith(bob, alice)).toBe(2)
  await bob.person.read(alice.id, lastAtBob.id)
  const read = await alice.person.happenings.next('read')
  expect(read).toMatchObject({ withId: bob.id, upToId: last.id })
  expect(await unreadWith(bob, alice)).toBe(0)

  const texts = ['Are you still there?', 'Hello, Alice', 'Hello, dear Bob']
  const atAlice = await alice.person.history(bob.id, 10)
  const atBob = await bob.person.history(alice.id, 10)
  expect(atAlice.map(({ text, isOut }) => ({ text, isOut }))).toEqual(
    texts.map((text, index) => ({ text, isOut: index !== 1 })),
  )
  expect(atBob.map(({ text, isOut }) => ({ text, isOut }))).toEqual(
    texts.map((text, index) => ({ text, isOut: index === 1 })),
  )
  expect(atBob.map(({ isEdited }) => isEdited)).toEqual([false, false, true])
  expect(atBob[1]?.replyToId).toBe(helloAtBob.id)
}

/** Bob's client is off while Alice writes; when it is back it has everything, and the chat goes on. */
export async function missAndCatchUp(alice: Resident, bob: Resident): Promise<void> {
  const texts = ['One while you were away', 'Two while you were away', 'Three while you were away']
  await bob.person.quit()
  for (const text of texts) await alice.person.send(bob.id, text)
  await bob.person.comeBack()

  if (bob.person.hearsWhatItMissed) {
    for (const text of texts) {
      const { message } = await bob.person.happenings.next(
        'message',
        ({ message }) => message.withId === alice.id,
      )
      expect(message).toMatchObject({ text, isOut: false })
    }
  }
  const dialogs = await bob.person.dialogs()
  expect(dialogs.find(({ withId }) => withId === alice.id)).toMatchObject({
    title: expect.stringContaining(alice.firstName) as string,
    topText: texts.at(-1),
    unreadCount: texts.length,
  })
  const history = await bob.person.history(alice.id, texts.length)
  expect(history.map(({ text }) => text)).toEqual(texts.toReversed())

  await say(alice, bob, 'And this one live again')
  await say(bob, alice, 'I have it all')
}

/** Nothing happened to them that the scenario did not expect, and their clients did not complain of the server. */
export async function expectNothingElse(world: World, ...residents: readonly Resident[]): Promise<void> {
  for (const { person } of residents) {
    const rest = person.happenings
      .takeRest()
      .filter((one) => one.kind !== 'message' || one.message.withId !== SERVICE_USER_ID)
    expect(rest, `unexpected at ${person.client}`).toEqual([])
    expectSilence(person.client, await person.complaints())
  }
  expectSilence('TDLib', await world.takeTdlibLog())
}

function expectSilence(client: string, lines: readonly string[]): void {
  if (lines.length > 0) throw new Error(`${client} complains:\n${lines.join('\n')}`)
}

async function unreadWith(who: Resident, other: Resident): Promise<number | undefined> {
  const dialogs = await who.person.dialogs()
  return dialogs.find(({ withId }) => withId === other.id)?.unreadCount
}
