import { describe, expect, test } from 'vitest'
import { HandClock } from '../../harness/clock.ts'
import type { Device } from '../../harness/device.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { ask, asking, signIn, signUp, userIdOf, wrong } from './signing.ts'

const HOUR_MS = 3_600_000

/** What each of many guesses at once is answered. */
async function guess(
  devices: readonly { readonly device: Device; readonly phoneCodeHash: string; readonly code: string }[],
  phoneNumber: string,
  each: number,
): Promise<Map<string, number>> {
  const answers = devices.flatMap(({ device, phoneCodeHash, code }) =>
    Array.from({ length: each }, (_, at) => {
      const phoneCode = String((Number(code) + 1 + at) % 100_000).padStart(5, '0')
      return device.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
    }),
  )
  const counts = new Map<string, number>()
  for (const error of await Promise.all(answers)) {
    const name = error.replace(/_\d+$/, '')
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

describe('guessing a code', () => {
  test('over many connections and keys, ends after fifty guesses a day; the owner stays and is let in', async () => {
    const clock = new HandClock()
    await using world = await startWorld({ clock })
    const phoneNumber = '15550040001'
    const owner = await world.stranger()
    const userId = await signUp(world, owner, phoneNumber)

    const devices = []
    for (let i = 0; i < 12; i++) {
      const device = await world.stranger()
      const { phoneCodeHash } = await ask(world, device, phoneNumber)
      devices.push({ device, phoneCodeHash, code: await world.server.takeCode(phoneNumber) })
    }
    // One code is used up; the rest is guessed at at once.
    const counts = await guess(devices.slice(0, 1), phoneNumber, 9)
    for (const [name, count] of await guess(devices.slice(1), phoneNumber, 9))
      counts.set(name, (counts.get(name) ?? 0) + count)
    // One try was the owner's own, when it signed up.
    expect(counts.get('PHONE_CODE_INVALID')).toBe(49)
    expect([...counts.keys()].sort()).toEqual(['FLOOD_WAIT', 'PHONE_CODE_EXPIRED', 'PHONE_CODE_INVALID'])
    // Nobody gets in now, by the right code neither, nor gets another one to guess at.
    const { device, phoneCodeHash, code } = devices.at(-1)!
    const right = { phoneNumber, phoneCodeHash, phoneCode: code }
    expect(await device.failure('auth.signIn', right)).toMatch(/^(FLOOD_WAIT_\d+|PHONE_CODE_EXPIRED)$/)
    expect(await device.failure('auth.sendCode', asking(world, phoneNumber))).toBe('PHONE_PASSWORD_FLOOD')

    // The session that the owner has goes on, and its number is its own again the next day.
    await owner.call('updates.getState')
    clock.jump(24 * HOUR_MS)
    expect(await signIn(world, await world.stranger(), phoneNumber)).toBe(userId)
  })

  test('where there is none uses nothing up', async () => {
    await using world = await startWorld()
    const phoneNumber = '15550040002'
    const owner = await world.stranger()
    const mallory = await world.stranger()
    const errors = await Promise.all(
      Array.from({ length: 80 }, (_, at) =>
        mallory.failure('auth.signIn', { phoneNumber, phoneCodeHash: `${at}`, phoneCode: '12345' }),
      ),
    )
    expect(new Set(errors)).toEqual(new Set(['PHONE_CODE_EXPIRED']))
    await signUp(world, owner, phoneNumber)
  })

  test('goes on counting after a restart', async () => {
    await using first = await startWorld()
    const phoneNumber = '15550040003'
    const device = await first.stranger()
    const { phoneCodeHash } = await ask(first, device, phoneNumber)
    const code = await first.server.takeCode(phoneNumber)
    await guess([{ device, phoneCodeHash, code }], phoneNumber, 4)
    const rows = await first.server.context.db.sql<{ count: number }[]>`
      select count from attempt where kind = 'code tries of phone' and subject = ${phoneNumber}`
    expect(rows).toMatchObject([{ count: 4 }])
    const [row] = await first.server.context.db.sql<{ attempts: number }[]>`select attempts from login_code`
    expect(row?.attempts).toBe(4)
  })

  test('of a code that is sent again begins anew, as often as codes are sent', async () => {
    await using world = await startWorld()
    const phoneNumber = '15550040004'
    const device = await world.stranger()
    const { phoneCodeHash } = await ask(world, device, phoneNumber)
    const first = await world.server.takeCode(phoneNumber)
    await guess([{ device, phoneCodeHash, code: first }], phoneNumber, 6)
    await device.call('auth.resendCode', { phoneNumber, phoneCodeHash })
    const second = await world.server.takeCode(phoneNumber)
    const counts = await guess([{ device, phoneCodeHash, code: second }], phoneNumber, 6)
    expect(counts.get('PHONE_CODE_INVALID')).toBe(5)
    const right = { phoneNumber, phoneCodeHash, phoneCode: second }
    expect(await device.failure('auth.signIn', right)).toBe('PHONE_CODE_EXPIRED')
  })
})

describe('replaying', () => {
  async function stolen(
    world: World,
  ): Promise<{ fields: Fields; device: Device; owner: Device; userId: number }> {
    const phoneNumber = '15550040010'
    const owner = await world.stranger()
    const userId = await signUp(world, owner, phoneNumber)
    const device = await world.stranger()
    const { phoneCodeHash } = await ask(world, device, phoneNumber)
    const phoneCode = await world.server.takeCode(phoneNumber)
    return { fields: { phoneNumber, phoneCodeHash, phoneCode }, device, owner, userId }
  }
  interface Fields {
    readonly phoneNumber: string
    readonly phoneCodeHash: string
    readonly phoneCode: string
  }

  test('a code lets in one, of many at once', async () => {
    await using world = await startWorld()
    const { fields, device, userId } = await stolen(world)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        device.call('auth.signIn', fields).then(userIdOf, (error: Error) => error.message),
      ),
    )
    expect(answers.filter((answer) => answer === userId)).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'PHONE_CODE_EXPIRED')).toHaveLength(4)
    expect(await device.failure('auth.signIn', fields)).toBe('PHONE_CODE_EXPIRED')
  })

  test('the hash and code of another key are worth nothing, and harm nobody', async () => {
    await using world = await startWorld()
    const { fields, device, userId } = await stolen(world)
    const { phoneNumber, phoneCodeHash } = fields
    const mallory = await world.stranger()
    await ask(world, mallory, phoneNumber)
    await world.server.takeCode(phoneNumber)
    expect(await mallory.failure('auth.signIn', fields)).toBe('PHONE_CODE_EXPIRED')
    expect(await mallory.failure('auth.cancelCode', { phoneNumber, phoneCodeHash })).toBe(
      'PHONE_CODE_EXPIRED',
    )
    expect(await mallory.failure('auth.resendCode', { phoneNumber, phoneCodeHash })).toBe(
      'PHONE_CODE_EXPIRED',
    )
    expect(await mallory.failure('auth.reportMissingCode', { phoneNumber, phoneCodeHash, mnc: '01' })).toBe(
      'PHONE_CODE_EXPIRED',
    )
    expect(await device.failure('auth.signIn', { ...fields, phoneCode: wrong(fields.phoneCode) })).toBe(
      'PHONE_CODE_INVALID',
    )
    expect(userIdOf(await device.call('auth.signIn', fields))).toBe(userId)
  })

  test('a form that was filled in once signs nobody up twice', async () => {
    await using world = await startWorld()
    const device = await world.stranger()
    const phoneNumber = '15550040011'
    const { phoneCodeHash } = await ask(world, device, phoneNumber)
    const phoneCode = await world.server.takeCode(phoneNumber)
    await device.call('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })
    const form = { phoneNumber, phoneCodeHash, firstName: 'Mallory', lastName: '' }
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        device.call('auth.signUp', form).then(
          () => 'in',
          (error: Error) => error.message,
        ),
      ),
    )
    expect(answers.filter((answer) => answer === 'in')).toHaveLength(1)
    expect(new Set(answers.filter((answer) => answer !== 'in'))).toEqual(new Set(['PHONE_CODE_EXPIRED']))
  })

  test('input of any form is answered as what it is', async () => {
    await using world = await startWorld()
    const device = await world.stranger()
    const phoneNumber = '15550040012'
    const { phoneCodeHash } = await ask(world, device, phoneNumber)
    const code = await world.server.takeCode(phoneNumber)
    for (const phoneCode of ['\0', `${code}\0`, '１２３４５', 'x'.repeat(100_000)]) {
      expect(await device.failure('auth.signIn', { phoneNumber, phoneCodeHash, phoneCode })).toBe(
        'PHONE_CODE_INVALID',
      )
    }
    const names = { phoneNumber, phoneCode: code }
    for (const hash of ['\0', "' or 1=1 --", phoneCodeHash.toUpperCase(), `${phoneCodeHash} `]) {
      expect(await device.failure('auth.signIn', { ...names, phoneCodeHash: hash })).toBe(
        'PHONE_CODE_EXPIRED',
      )
    }
  })
})
