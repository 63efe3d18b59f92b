import { must } from '../../../src/lib/assert.ts'
import type { UserId } from '../../../src/lib/ids.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { Device, type Fields } from '../../harness/device.ts'
import type { World } from '../../harness/people.ts'

/** What a client says that it can take. */
type CodeSettings = Parameters<T.Factories['codeSettings']>[0]

/** A device that speaks this layer. It is closed with the test's stack. */
export async function deviceOf(world: World, stack: AsyncDisposableStack, layer?: number): Promise<Device> {
  const device = await Device.connect(world.server, world.apiId, layer)
  stack.defer(() => device.close())
  return device
}

/** The fields of auth.sendCode. */
export function asking(
  world: World,
  phoneNumber: string,
  settings: CodeSettings = {},
): Fields<'auth.sendCode'> {
  const { apiId, apiHash } = world
  return { phoneNumber, apiId, apiHash, settings: tl.codeSettings(settings) }
}

/** Asks for a login code that must be sent. */
export async function ask(
  world: World,
  device: Device,
  phoneNumber: string,
  settings: CodeSettings = {},
): Promise<T.auth.sentCode> {
  return plain(await device.call('auth.sendCode', asking(world, phoneNumber, settings)))
}

/** A code that was sent, and nothing else. */
export function plain(sent: T.auth.SentCode): T.auth.sentCode {
  if (sent._ !== 'auth.sentCode') throw new Error(sent._)
  return sent
}

/** Somebody new with a number of their own: codes to it are really sent. */
export async function signUp(
  world: World,
  device: Device,
  phoneNumber: string,
  takeCode: (phone: string) => Promise<string> = (phone) => world.server.takeCode(phone),
): Promise<UserId> {
  const { phoneCodeHash } = await ask(world, device, phoneNumber)
  const phoneCode = await takeCode(phoneNumber)
  await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
  const names = { firstName: 'Alice', lastName: '' }
  const userId = userIdOf(await device.call('auth.signUp', { phoneNumber, phoneCodeHash, ...names }))
  device.belongTo(userId)
  await device.begin()
  return userId
}

/** Signs in with the code of a message. */
export async function signIn(world: World, device: Device, phoneNumber: string): Promise<UserId> {
  const { phoneCodeHash } = await ask(world, device, phoneNumber)
  const phoneCode = await world.server.takeCode(phoneNumber)
  const userId = userIdOf(await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode }))
  device.belongTo(userId)
  await device.begin()
  return userId
}

export function userIdOf(answer: T.auth.Authorization): UserId {
  if (answer._ !== 'auth.authorization') throw new Error(answer._)
  return answer.user.id as UserId
}

/** A code that this one is not. */
export function wrong(code: string): string {
  return code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`
}

/** The text of the only message among updates. */
export function textOf(updates: readonly T.Update[]): string {
  const news = updates.filter((update) => update._ === 'updateNewMessage')
  const { message } = must(news[0], 'a message came')
  return message._ === 'message' ? message.message : message._
}
