import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readMarkup } from '../../../src/domain/terms/markup.ts'
import { setTerms } from '../../../src/domain/terms/terms.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type World } from '../../harness/people.ts'

let world: World
let clock: HandClock
let numbers = 5000

beforeAll(async () => {
  clock = new HandClock()
  world = await startWorld({ clock })
})
afterAll(() => world[Symbol.asyncDispose]())

/** Enters the code of a number that nobody has, as far as the terms; the rest signs up. */
async function comeToTerms(
  device: Device,
): Promise<{ terms: T.help.TermsOfService | undefined; signUp: () => Promise<unknown> }> {
  const phoneNumber = `+999662${numbers++}`
  const { apiId, apiHash } = world
  const settings = tl.codeSettings({})
  const sent = await device.call('auth.sendCode', { phoneNumber, apiId, apiHash, settings })
  if (sent._ !== 'auth.sentCode') throw new Error(sent._)
  const { phoneCodeHash } = sent
  const answer = await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode: '22222' })
  if (answer._ !== 'auth.authorizationSignUpRequired') throw new Error(answer._)
  const names = { firstName: 'Alice', lastName: '' }
  return {
    terms: answer.termsOfService,
    signUp: () => device.call('auth.signUp', { phoneNumber, phoneCodeHash, ...names }),
  }
}

function setVersion(markup: string, more: { minAge?: number; isPopup?: boolean } = {}) {
  const input = { markup, minAge: more.minAge, isPopup: more.isPopup ?? false }
  return setTerms(world.server.context, input)
}

describe('terms of service', () => {
  test('a fresh server has terms, and asks nobody who is in already', async () => {
    const device = await world.stranger()
    const { terms, signUp } = await comeToTerms(device)
    expect(terms).toMatchObject({ popup: false, minAgeConfirm: undefined })
    expect(terms?.text).toContain('terms of this server')
    await signUp()
    const expires = clock.nowSec() + 3600
    const update = await device.call('help.getTermsOfServiceUpdate')
    expect(update).toEqual(tl['help.termsOfServiceUpdateEmpty']({ expires }))
    expect(await device.call('help.acceptTermsOfService', { id: terms!.id })).toBe(true)
  })

  test('new ones are shown at sign-up, and asked of whoever agreed to others', async () => {
    const early = await world.person('Early')
    await setVersion(
      '# Rules\n\nBe **kind**. See [all of it](https://example.org/rules) or mail a@example.org.',
      {
        minAge: 16,
        isPopup: true,
      },
    )
    const late = await world.stranger()
    const { terms, signUp } = await comeToTerms(late)
    const bold = (offset: number, length: number) => tl.messageEntityBold({ offset, length })
    expect(terms).toMatchObject({
      popup: true,
      minAgeConfirm: 16,
      text: 'Rules\n\nBe kind. See all of it or mail a@example.org.',
      entities: [
        bold(0, 5),
        bold(10, 4),
        tl.messageEntityTextUrl({ offset: 20, length: 9, url: 'https://example.org/rules' }),
        tl.messageEntityEmail({ offset: 38, length: 13 }),
      ],
    })
    await signUp()
    expect((await late.call('help.getTermsOfServiceUpdate'))._).toBe('help.termsOfServiceUpdateEmpty')

    const asked = await early.call('help.getTermsOfServiceUpdate')
    expect(asked).toEqual(
      tl['help.termsOfServiceUpdate']({ expires: clock.nowSec() + 3600, termsOfService: terms! }),
    )
    expect(await early.call('help.acceptTermsOfService', { id: terms!.id })).toBe(true)
    expect((await early.call('help.getTermsOfServiceUpdate'))._).toBe('help.termsOfServiceUpdateEmpty')
    expect((await (await world.stranger()).call('help.getTermsOfServiceUpdate'))._).toBe(
      'help.termsOfServiceUpdateEmpty',
    )
  })

  test('who signs up agrees to what was shown, not to what came since', async () => {
    await setVersion('first')
    const device = await world.stranger()
    const { terms, signUp } = await comeToTerms(device)
    expect(terms?.text).toBe('first')
    await setVersion('second')
    await signUp()
    const asked = await device.call('help.getTermsOfServiceUpdate')
    expect(asked).toMatchObject({ termsOfService: { text: 'second' } })
    // Agreeing to the old ones once more changes nothing.
    await device.call('help.acceptTermsOfService', { id: terms!.id })
    expect(await device.call('help.getTermsOfServiceUpdate')).toEqual(asked)
  })

  test('who declines them is gone', async () => {
    const alice = await world.person('Alice')
    await setVersion('harsh')
    expect((await alice.call('help.getTermsOfServiceUpdate'))._).toBe('help.termsOfServiceUpdate')
    expect(await alice.call('account.deleteAccount', { reason: 'Decline ToS update' })).toBe(true)
    expect(await alice.failure('updates.getState')).toBe('USER_DEACTIVATED')
  })

  test('what names no terms is refused', async () => {
    const alice = await world.person('Alice')
    await setVersion('these')
    const fail = (data: string): Promise<string> =>
      alice.failure('help.acceptTermsOfService', { id: tl.dataJSON({ data }) })
    for (const bad of [
      '',
      '{',
      '7',
      'null',
      '[]',
      '{}',
      '{"version":-1}',
      '{"version":1.5}',
      '{"version":999}',
    ])
      expect(await fail(bad)).toBe('DATA_JSON_INVALID')
    expect(await fail(`{"version":${' '.repeat(100)}1}`)).toBe('DATA_JSON_INVALID')
    expect(
      await (
        await world.stranger()
      ).failure('help.acceptTermsOfService', { id: tl.dataJSON({ data: '{}' }) }),
    ).toBe('AUTH_KEY_UNREGISTERED')
    expect(await alice.call('help.getTermsOfServiceUpdate')).toMatchObject({
      termsOfService: { text: 'these' },
    })
  })
})

test('markup that is none stays as it is', () => {
  for (const text of ['2 * 3 ** 4', '#tag', '[x] (y)', '[a](javascript:alert(1))', '**\n**', '<b>bold</b>'])
    expect(readMarkup(text)).toEqual({ text, entities: [] })
})
