import { must } from '../../../src/lib/assert.ts'
import type { Person } from '../../harness/people.ts'

/** What the portal answered. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly location: string | undefined
  readonly headers: Headers
}

export interface Sending {
  /** The fields of a form, or its body as a program wrote it. */
  readonly form?: Readonly<Record<string, string>> | string
  readonly headers?: Readonly<Record<string, string>>
}

/** A program that keeps cookies and follows no redirect by itself. */
export class PortalClient {
  readonly #base: string
  readonly cookies = new Map<string, string>()

  constructor(server: { readonly host: string; readonly port: number }) {
    this.#base = `http://${server.host}:${server.port}`
  }

  get(path: string, sending: Sending = {}): Promise<Answer> {
    return this.#send('GET', path, sending)
  }

  /** A string is sent without a content type, as Python's requests does. */
  post(path: string, form: Sending['form'] = '', headers: Sending['headers'] = {}): Promise<Answer> {
    return this.#send('POST', path, { form, headers })
  }

  /** Sends a form of a page: with the field that asks for a page in return. */
  submit(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.post(path, { via: 'page', ...form })
  }

  async #send(method: string, path: string, { form, headers }: Sending): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const body =
      method === 'GET'
        ? {}
        : { body: typeof form === 'string' ? Buffer.from(form) : new URLSearchParams(form) }
    const response = await fetch(`${this.#base}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(cookie ? { cookie } : {}), ...headers },
      ...body,
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const location = response.headers.get('location') ?? undefined
    return { status: response.status, text: await response.text(), location, headers: response.headers }
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }

  /** Asks for a code as programs do, and returns the hash. */
  async askCode(phone: string): Promise<string> {
    const { text } = await this.post('/auth/send_password', { phone })
    return (JSON.parse(text) as { random_hash: string }).random_hash
  }

  /** Signs in as programs do. */
  async signIn(person: Person): Promise<void> {
    const phone = `+${person.phone}`
    const randomHash = await this.askCode(phone)
    const password = await takeCode(person)
    const { text } = await this.post('/auth/login', { phone, random_hash: randomHash, password })
    if (text !== 'true') throw new Error(`the portal answered ${text}`)
  }

  /** The hash that a form on this page carries. */
  async formHash(path = '/apps'): Promise<string> {
    const { text } = await this.get(path)
    return must(/name="hash" value="([^"]+)"/.exec(text)?.[1], `${path} has a form`)
  }
}

/** The codes that were taken: a push that was not acknowledged in time comes again. */
const taken = new Set<string>()

/** The code that has come, or comes, to the chat with the service account; other messages are passed over. */
export async function takeCode(person: Person): Promise<string> {
  for (;;) {
    const { message } = await person.device.nextUpdate('updateNewMessage')
    const code = message._ === 'message' ? codeIn(message.message) : ''
    if (code === '' || taken.has(code)) continue
    taken.add(code)
    return code
  }
}

/** The code in the message that brings it, as programs find it. */
export function codeIn(text: string): string {
  const [, after = ''] = text.split('login code:\n')
  return after.split('\n')[0] ?? ''
}

/** What the forms of tests say of an app. */
export const APP = {
  app_title: 'My app',
  app_shortname: 'myapp',
  app_url: '',
  app_platform: 'android',
  app_desc: '',
}
