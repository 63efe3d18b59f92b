/** Passkeys as a real browser makes and uses them, with an authenticator of its own. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { findChromium, launchChromium } from '../../http/browser.ts'

const path = findChromium()
if (path === undefined) console.log('no Chromium was found (CHROMIUM may name one): none makes a passkey')

/** PublicKeyCredential as JSON; binary fields are base64url. */
interface Made {
  readonly id: string
  readonly rawId: string
  readonly response: { readonly clientDataJSON: string; readonly attestationObject: string }
}
interface Signed {
  readonly id: string
  readonly rawId: string
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
    readonly userHandle: string
  }
}

const CREATE = `async (options) => (await navigator.credentials.create({
  publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey) })).toJSON()`
const GET = `async (options) => (await navigator.credentials.get({
  publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey) })).toJSON()`

describe.skipIf(path === undefined)('in Chromium', () => {
  let world: World
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    world = await startWorld()
    browser = await launchChromium(path!)
    page = await browser.newPage()
    await page.goto(`http://localhost:${world.server.port}/`)
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      },
    })
  })
  afterAll(async () => {
    await browser.close()
    await world[Symbol.asyncDispose]()
  })

  async function inPage<R>(code: string, options: T.DataJSON): Promise<R> {
    return await page.evaluate<R>(`(${code})(${options.data})`)
  }

  test('a passkey is made, and its owner signs in with it', async () => {
    const alice = await world.person('Alice')
    const { options } = await alice.call('account.initPasskeyRegistration')
    const made = await inPage<Made>(CREATE, options)
    const passkey = await alice.call('account.registerPasskey', {
      credential: tl.inputPasskeyCredentialPublicKey({
        id: made.id,
        rawId: made.rawId,
        response: tl.inputPasskeyResponseRegister({
          clientData: tl.dataJSON({ data: decoded(made.response.clientDataJSON).toString() }),
          attestationData: decoded(made.response.attestationObject),
        }),
      }),
    })
    expect(passkey.id).toBe(made.id)

    const phone = await world.stranger()
    const { apiId, apiHash } = world
    const asked = await phone.call('auth.initPasskeyLogin', { apiId, apiHash })
    const signed = await inPage<Signed>(GET, asked.options)
    const { response } = signed
    expect(decoded(response.userHandle).toString()).toBe(`2:${alice.id}`)
    const inside = await phone.call('auth.finishPasskeyLogin', {
      credential: tl.inputPasskeyCredentialPublicKey({
        id: signed.id,
        rawId: signed.rawId,
        response: tl.inputPasskeyResponseLogin({
          clientData: tl.dataJSON({ data: decoded(response.clientDataJSON).toString() }),
          authenticatorData: decoded(response.authenticatorData),
          signature: decoded(response.signature),
          userHandle: decoded(response.userHandle).toString(),
        }),
      }),
    })
    expect(inside).toMatchObject({ _: 'auth.authorization', user: { id: alice.id, self: true } })

    // The browser itself refuses a second one on the same authenticator.
    const { options: again } = await alice.call('account.initPasskeyRegistration')
    await expect(inPage(CREATE, again)).rejects.toThrow('InvalidStateError')
  })
})

function decoded(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
