import { createApp } from '../../src/domain/apps/apps.ts'
import { accessHash } from '../../src/domain/peers/access.ts'
import { must } from '../../src/lib/assert.ts'
import { SERVICE_USER_ID, type UserId } from '../../src/lib/ids.ts'
import { tl } from '../../src/tl/factories.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { Device, type Fields } from './device.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './in-process.ts'

/** A server and people who live on it. */
export interface World extends AsyncDisposable {
  readonly server: TestServer
  readonly apiId: number
  readonly apiHash: string
  /** Somebody new, signed up with one device, under a number of the test range. */
  person(firstName: string, dc?: number): Promise<Person>
  /** A device on which nobody is signed in. */
  stranger(dc?: number): Promise<Device>
}

/** Starts a server of the test's own. */
export async function startWorld(options: TestServerOptions = {}): Promise<World> {
  await using starting = new AsyncDisposableStack()
  const server = starting.use(await startTestServer(options))
  const app = await createApp(server.context, { title: 'Test', shortName: 'test', phone: '+15550009999' })
  const devices: Device[] = []
  starting.defer(() => devices.forEach((device) => device.close()))
  const all = starting.move()
  const stranger = async (dc?: number): Promise<Device> => {
    const device = await Device.connect(server, app.apiId, undefined, dc)
    devices.push(device)
    return device
  }
  let count = 0
  const world: World = {
    server,
    apiId: app.apiId,
    apiHash: app.apiHash,
    stranger,
    async person(firstName, dc = 2) {
      // Test numbers name the datacenter; their code is that digit five times.
      const phone = `99966${dc}${String(++count).padStart(4, '0')}`
      const device = await stranger(dc)
      const userId = await signUp(device, world, phone, firstName)
      device.belongTo(userId)
      await device.begin()
      return new Person(world, { id: userId as UserId, phone, firstName }, device)
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
  return world
}

function testCode(phone: string): string {
  return phone.charAt('99966'.length).repeat(5)
}

async function requestCode(device: Device, world: World, phoneNumber: string): Promise<string> {
  const sent = await device.call('auth.sendCode', {
    phoneNumber,
    apiId: world.apiId,
    apiHash: world.apiHash,
    settings: tl.codeSettings({}),
  })
  if (sent._ !== 'auth.sentCode') throw new Error(`auth.sendCode answered ${sent._}`)
  return sent.phoneCodeHash
}

async function signUp(device: Device, world: World, phoneNumber: string, firstName: string): Promise<number> {
  const phoneCodeHash = await requestCode(device, world, phoneNumber)
  await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: testCode(phoneNumber) })
  const lastName = ''
  return userIdOf(await device.call('auth.signUp', { phoneNumber, phoneCodeHash, firstName, lastName }))
}

function userIdOf(authorization: T.auth.Authorization): number {
  if (authorization._ !== 'auth.authorization') throw new Error(`answered ${authorization._}`)
  return authorization.user.id
}

/** Somebody with an account. What they do, they do on their first device. */
export class Person {
  readonly id: UserId
  /** Digits only. */
  readonly phone: string
  readonly firstName: string
  readonly device: Device
  readonly #world: World

  constructor(world: World, facts: { id: UserId; phone: string; firstName: string }, device: Device) {
    this.#world = world
    this.id = facts.id
    this.phone = facts.phone
    this.firstName = facts.firstName
    this.device = device
  }

  call<M extends T.MethodName>(method: M, fields?: Fields<M>): Promise<T.Methods[M]['res']> {
    return this.device.call(method, fields)
  }

  failure<M extends T.MethodName>(method: M, fields?: Fields<M>): Promise<string> {
    return this.device.failure(method, fields)
  }

  expectUpdates: Device['expectUpdates'] = (...names) => this.device.expectUpdates(...names)

  /** How this person names another one. */
  peer(other: Person): T.InputPeer {
    return this.peerOf(other.id)
  }

  peerOf(userId: UserId): T.InputPeer {
    return tl.inputPeerUser({ userId, accessHash: this.#hashOf(userId) })
  }

  user(other: Person): T.InputUser {
    return tl.inputUser({ userId: other.id, accessHash: this.#hashOf(other.id) })
  }

  #hashOf(userId: UserId): bigint {
    return accessHash(this.#world.server.context, this.id, userId)
  }

  /** One more device of this person. What the new login causes on the others is passed over. */
  async anotherDevice(dc?: number): Promise<Device> {
    const device = await this.#world.stranger(dc)
    const phoneCodeHash = await requestCode(device, this.#world, this.phone)
    const fields = { phoneNumber: this.phone, phoneCodeHash, phoneCode: testCode(this.phone) }
    userIdOf(await device.call('auth.signIn', fields))
    device.belongTo(this.id)
    await device.begin()
    await this.device.updates()
    return device
  }

  /** Sends a text and returns the message as this person has it. */
  async send(
    to: Person,
    text: string,
    more: Partial<Fields<'messages.sendMessage'>> = {},
  ): Promise<T.message> {
    const answer = await this.call('messages.sendMessage', {
      peer: to === this ? tl.inputPeerSelf() : this.peer(to),
      message: text,
      randomId: this.#world.server.context.random.long(),
      ...more,
    })
    return sentMessage(answer)
  }

  /** The messages with somebody, the newest first. */
  async history(
    other: Person,
    window: Partial<Fields<'messages.getHistory'>> = {},
  ): Promise<readonly T.Message[]> {
    const peer = other === this ? tl.inputPeerSelf() : this.peer(other)
    return await this.#messagesWith(peer, window)
  }

  /** What the service account wrote, the newest first. */
  async notices(): Promise<string[]> {
    return texts(await this.#messagesWith(this.peerOf(SERVICE_USER_ID)))
  }

  async #messagesWith(
    peer: T.InputPeer,
    window: Partial<Fields<'messages.getHistory'>> = {},
  ): Promise<readonly T.Message[]> {
    const answer = await this.call('messages.getHistory', { peer, ...WHOLE, ...window })
    return 'messages' in answer ? answer.messages : []
  }
}

const WHOLE = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 100, maxId: 0, minId: 0, hash: 0n }

/** The message in the answer to a send. */
export function sentMessage(answer: T.Updates): T.message {
  const updates = answer._ === 'updates' ? answer.updates : []
  const update = updates.find((each) => each._ === 'updateNewMessage')
  const message = must(update, 'the answer brings the message').message
  if (message._ !== 'message') throw new Error(`sent ${message._}`)
  return message
}

/** The texts of messages, in order. */
export function texts(messages: readonly T.Message[]): string[] {
  return messages.map((message) => (message._ === 'message' ? message.message : message._))
}
