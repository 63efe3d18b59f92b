import { must } from '../../src/lib/assert.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import type { Peers } from './operations.ts'
import type { Phone } from './phone.ts'

/** How people of a server that is asked from outside name each other: as their contacts. */
export class Acquaintances implements Peers {
  readonly #peers = new Map<string, T.inputPeerUser>()

  /** Has everybody among the contacts of a device's owner, and so their access hashes. */
  async meet(phone: Phone, numbers: readonly string[]): Promise<void> {
    const contacts = numbers.map((number, person) =>
      tl.inputPhoneContact({
        clientId: BigInt(person),
        phone: number,
        firstName: `Person ${person}`,
        lastName: '',
      }),
    )
    this.#learn(phone, (await phone.call('contacts.importContacts', { contacts })).users)
    // Whoever has several devices has been written to by the service.
    const offsetPeer = tl.inputPeerEmpty()
    const list = { offsetDate: 0, offsetId: 0, offsetPeer, limit: 100, hash: 0n }
    const dialogs = await phone.call('messages.getDialogs', list)
    if ('users' in dialogs) this.#learn(phone, dialogs.users)
  }

  #learn(phone: Phone, users: readonly T.User[]): void {
    for (const user of users) {
      if (user._ !== 'user' || user.accessHash === undefined) continue
      const peer = tl.inputPeerUser({ userId: user.id, accessHash: user.accessHash })
      this.#peers.set(`${phone.userId} ${user.id}`, peer)
    }
  }

  peer(viewer: number, userId: number): T.inputPeerUser {
    return must(this.#peers.get(`${viewer} ${userId}`), 'everybody knows everybody')
  }
}

/** A number of the test range of datacenter 2. */
export function testNumber(person: number): string {
  return `999662${String(person).padStart(4, '0')}`
}
