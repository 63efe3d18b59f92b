import { decodeResult } from '../../../src/tl/decode.ts'
import { encodeRequest, NEWEST_LAYER } from '../../../src/tl/encode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import type { Connection } from './connection.ts'
import { shakeHands, type Stranger } from './handshake.ts'

export interface App {
  readonly apiId: number
  readonly apiHash: string
}

/** A logged-in user at one connection. */
export interface Person {
  readonly connection: Connection
  readonly userId: number
}

/** Calls a method and decodes its answer. Rejects with the server's error. */
export async function call<M extends T.MethodName>(
  connection: Connection,
  request: T.Methods[M]['req'] & { _: M },
): Promise<T.Methods[M]['res']> {
  const bytes = await connection.request(encodeRequest(request))
  return decodeResult(request._, bytes)
}

/** The first call of a session says what the client is. */
export async function introduce(connection: Connection, app: App): Promise<void> {
  await connection.request(
    encodeRequest(
      tl.invokeWithLayer({
        layer: NEWEST_LAYER,
        query: tl.initConnection({
          apiId: app.apiId,
          deviceModel: 'bench',
          systemVersion: '1',
          appVersion: '1',
          systemLangCode: 'en',
          langPack: '',
          langCode: 'en',
          query: tl['help.getNearestDc'](),
        }),
      }),
    ),
  )
}

/** Signs up with a test number. https://core.telegram.org/api/auth#test-accounts */
export async function signUp(stranger: Stranger, app: App, number: number): Promise<Person> {
  const connection = await shakeHands(stranger)
  await introduce(connection, app)
  const phoneNumber = `99966${2 + Math.floor(number / 10_000)}${String(number % 10_000).padStart(4, '0')}`
  const sent = await call(
    connection,
    tl['auth.sendCode']({ phoneNumber, ...app, settings: tl.codeSettings({}) }),
  )
  if (sent._ !== 'auth.sentCode') throw new Error(`auth.sendCode answered ${sent._}`)
  const { phoneCodeHash } = sent
  const phoneCode = phoneNumber.charAt(5).repeat(5)
  const signedIn = await call(connection, tl['auth.signIn']({ phoneNumber, phoneCodeHash, phoneCode }))
  if (signedIn._ !== 'auth.authorizationSignUpRequired') return personOf(connection, signedIn)
  const firstName = `Bench ${number}`
  return personOf(
    connection,
    await call(connection, tl['auth.signUp']({ phoneNumber, phoneCodeHash, firstName, lastName: '' })),
  )
}

function personOf(connection: Connection, authorization: T.auth.Authorization): Person {
  if (authorization._ !== 'auth.authorization') throw new Error(`signing in answered ${authorization._}`)
  return { connection, userId: authorization.user.id }
}

/** How one person names another: found by phone number. */
export async function find(by: Person, number: number): Promise<T.inputPeerUser> {
  const phone = `99966${2 + Math.floor(number / 10_000)}${String(number % 10_000).padStart(4, '0')}`
  const found = await call(by.connection, tl['contacts.resolvePhone']({ phone }))
  const user = found.users.find((each) => each._ === 'user')
  if (user?.accessHash === undefined) throw new Error('contacts.resolvePhone found nobody')
  return tl.inputPeerUser({ userId: user.id, accessHash: user.accessHash })
}
