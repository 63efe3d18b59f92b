import { Secret, TOTP } from 'otpauth'
import type { Role } from '../../../src/domain/admin/rights.ts'
import { adminToken } from '../../../src/domain/admin/sign-in.ts'
import { must } from '../../../src/lib/assert.ts'
import type { Person, World } from '../../harness/people.ts'
import { PortalClient, type Answer } from '../portal/client.ts'

const STEP_MS = 30_000

/** A browser in the hands of an administrator. */
export class ConsoleClient {
  readonly browser: PortalClient
  readonly #origin: string

  constructor(server: { readonly host: string; readonly port: number }) {
    this.browser = new PortalClient(server)
    this.#origin = `http://${server.host}:${server.port}`
  }

  get(path: string): Promise<Answer> {
    return this.browser.get(path)
  }

  /** Sends a form as a page of the console does, but for the hash of the session. */
  post(path: string, fields: Readonly<Record<string, string>> = {}, headers = {}): Promise<Answer> {
    return this.browser.post(path, fields, { origin: this.#origin, ...headers })
  }

  /** Sends a form as a page of the console does. */
  async submit(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.post(path, { hash: await this.formHash(), ...fields })
  }

  /** `submit`, which must succeed. */
  async act(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await this.submit(path, fields)
    if (answer.status !== 303) throw new Error(`${path} answered ${answer.status}: ${alertIn(answer.text)}`)
    return answer
  }

  /** What the forms of this session carry. */
  async formHash(): Promise<string> {
    const { text } = await this.get('/admin')
    return must(/name="hash" value="([^"]+)"/.exec(text)?.[1], 'somebody is signed in')
  }

  async signInByToken(token: string): Promise<void> {
    const answer = await this.post('/admin/sign-in/token', { token })
    if (answer.status !== 303) throw new Error(`the token was answered with ${answer.status}`)
  }

  /** Asks for a code and enters it: what is asked for next is the second factor. */
  async enterCode(person: Person): Promise<string> {
    await this.post('/admin/sign-in/name', { account: `+${person.phone}` })
    const answer = await this.post('/admin/sign-in/code', { code: await takeConsoleCode(person) })
    if (answer.status !== 303) throw new Error(`the code was answered with ${answer.status}`)
    return (await this.get('/admin/sign-in')).text
  }

  /** Signs in by account. Returns the secret of the second factor, which is set up if need be, with a set-up code. */
  async signIn(
    person: Person,
    more: { secret?: string; setUpCode?: string; nowMs: number },
  ): Promise<string> {
    const page = await this.enterCode(person)
    const secret = more.secret ?? secretIn(page)
    const fields = { code: totp(secret, more.nowMs), 'set-up-code': more.setUpCode ?? '' }
    const answer = await this.post('/admin/sign-in/second', fields)
    if (answer.status !== 303) throw new Error(`the second factor was answered with ${answer.status}`)
    return secret
  }
}

/** The secret that a page shows to whoever sets up a second factor. */
export function secretIn(page: string): string {
  const shown = must(/class="secret">([^<]+)</.exec(page)?.[1], 'the page shows a secret')
  return shown.replaceAll(/\s/g, '')
}

/** The set-up code of somebody who was appointed, as the list of administrators shows it. */
export async function setUpCodeOf(person: Person, owner: ConsoleClient): Promise<string> {
  const { text } = await owner.get('/admin/admins')
  const row = must(
    text.split('<tr').find((each) => each.includes(`/admin/users/${person.id}"`)),
    'the administrator is listed',
  )
  return must(/<code>([^<]+)<\/code>/.exec(row)?.[1], 'there is no second factor yet')
}

/** What an authenticator shows at a time. */
export function totp(secret: string, atMs: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs })
}

/** What the page complains of. */
export function alertIn(text: string): string {
  return /role="alert"[^>]*>([^<]*)</.exec(text)?.[1]?.trim() ?? ''
}

/** The codes that were taken: a push that was not acknowledged in time comes again. */
const taken = new Set<string>()

/** The code for the console that has come, or comes, to the chat with the service account. */
export async function takeConsoleCode(person: Person): Promise<string> {
  for (;;) {
    const { message } = await person.device.nextUpdate('updateNewMessage')
    const text = message._ === 'message' ? message.message : ''
    const code = /^Console code\.[^]*This is the code:\n(\S+)/.exec(text)?.[1] ?? ''
    if (code === '' || taken.has(code)) continue
    taken.add(code)
    return code
  }
}

/** Administrators of a world, each signed in. */
export class Staff {
  readonly #world: World
  readonly #host: ConsoleClient
  readonly #advance: (ms: number) => void

  constructor(world: World, advance: (ms: number) => void) {
    this.#world = world
    this.#host = new ConsoleClient(world.server)
    this.#advance = advance
  }

  /** Whoever holds the token, signed in. */
  async host(): Promise<ConsoleClient> {
    const host = this.#host
    const { status } = await host.get('/admin')
    if (status !== 200) await host.signInByToken(adminToken(this.#world.server.context))
    return host
  }

  /** Somebody who is appointed, with a browser that is signed in. */
  async hire(
    role: Role,
    name: string = role,
  ): Promise<{ person: Person; client: ConsoleClient; secret: string }> {
    const person = await this.#world.person(name)
    const host = await this.host()
    await host.act('/admin/admins/appoint', { account: `+${person.phone}`, role })
    const client = new ConsoleClient(this.#world.server)
    const setUpCode = await setUpCodeOf(person, host)
    const secret = await client.signIn(person, {
      setUpCode,
      nowMs: this.#world.server.context.clock.nowMs(),
    })
    return { person, client, secret }
  }

  /** Signs in anew; time passes, for no code of an authenticator is taken twice. */
  async again(person: Person, secret: string): Promise<ConsoleClient> {
    this.#advance(STEP_MS)
    const client = new ConsoleClient(this.#world.server)
    await client.signIn(person, { secret, nowMs: this.#world.server.context.clock.nowMs() })
    return client
  }
}
