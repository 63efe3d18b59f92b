import { randomBytes } from 'node:crypto'
import { systemRandom } from '../../../src/lib/random.ts'
import { makeDhHalf } from '../../../src/mtproto/crypto/dh.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import type { Device } from '../../harness/device.ts'
import type { Person } from '../../harness/people.ts'

/** Something that a client could make public of its secret. */
export const PUBLIC_VALUE = makeDhHalf(systemRandom).gA
export const OTHER_VALUE = makeDhHalf(systemRandom).gA

let chats = 1_000

/** An id that no chat has. */
export function newChatId(): number {
  return ++chats
}

/** Asks for a chat. */
export async function ask(
  from: Person,
  to: Person,
  device = from.device,
  id = newChatId(),
): Promise<T.encryptedChatWaiting> {
  const asked = await device.call('messages.requestEncryption', {
    userId: from.user(to),
    randomId: id,
    gA: PUBLIC_VALUE,
  })
  if (asked._ !== 'encryptedChatWaiting') throw new Error(`asking was answered ${asked._}`)
  return asked
}

/** The one request that came to a device. */
export async function asked(device: Device): Promise<T.encryptedChatRequested> {
  const [{ chat }] = await device.expectUpdates('updateEncryption')
  if (chat._ !== 'encryptedChatRequested') throw new Error(`there came ${chat._}`)
  return chat
}

/** A chat between two devices that have heard of nothing before: each names it by its own hash. */
export interface OpenChat {
  readonly id: number
  readonly ofAdmin: T.inputEncryptedChat
  readonly ofParticipant: T.inputEncryptedChat
}

/** Has two devices make a chat. */
export async function openChat(
  from: Person,
  to: Person,
  devices: { readonly from?: Device; readonly to?: Device } = {},
): Promise<OpenChat> {
  const { from: fromDevice = from.device, to: toDevice = to.device } = devices
  const waiting = await ask(from, to, fromDevice)
  const peer = peerOf(await asked(toDevice))
  await toDevice.call('messages.acceptEncryption', { peer, gB: OTHER_VALUE, keyFingerprint: 7n })
  await fromDevice.expectUpdates('updateEncryption')
  return { id: waiting.id, ofAdmin: peerOf(waiting), ofParticipant: peer }
}

export function peerOf(chat: { readonly id: number; readonly accessHash: bigint }): T.inputEncryptedChat {
  return tl.inputEncryptedChat({ chatId: chat.id, accessHash: chat.accessHash })
}

/** What looks encrypted: a fingerprint, the key of the message, and blocks. The text can be told from it by tests. */
export function sealed(text: string): Uint8Array {
  const head = Buffer.alloc(24, 1)
  const body = Buffer.alloc(Math.max(16, Math.ceil((text.length + 1) / 16) * 16))
  body.write(text)
  return Buffer.concat([head, body])
}

export function unsealed(message: T.EncryptedMessage): string {
  return Buffer.from(message.bytes).subarray(24).toString().replaceAll('\0', '')
}

/** Sends a text and returns when. */
export async function sendSealed(
  device: Device,
  peer: T.InputEncryptedChat,
  text: string,
  randomId = randomBytes(8).readBigInt64LE(),
): Promise<number> {
  const { date } = await device.call('messages.sendEncrypted', { peer, randomId, data: sealed(text) })
  return date
}

/** What came to a device, in short. */
export async function cameTo(device: Device): Promise<string[]> {
  return (await device.updates()).map((update) => {
    switch (update._) {
      case 'updateNewEncryptedMessage':
        return `${unsealed(update.message)} ${update.qts}`
      case 'updateEncryption':
        return update.chat._ === 'encryptedChatDiscarded' && update.chat.historyDeleted
          ? 'encryptedChatDiscarded, history too'
          : update.chat._
      default:
        return update._
    }
  })
}

/** What a device hears that was away since some state: texts, then all else. */
export async function missed(device: Device, since: T.updates.State): Promise<string[]> {
  const { pts, qts, date } = since
  const answer = await device.call('updates.getDifference', { pts, qts, date })
  if (answer._ === 'updates.differenceEmpty') return []
  if (answer._ !== 'updates.difference') throw new Error(answer._)
  return [
    ...answer.newEncryptedMessages.map(unsealed),
    ...answer.otherUpdates.map((update) => (update._ === 'updateEncryption' ? update.chat._ : update._)),
  ]
}
