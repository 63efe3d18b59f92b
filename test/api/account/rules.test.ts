import { describe, expect, test } from 'vitest'
import { contactName, isUsername, parseAbout, parseFirstName } from '../../../src/domain/accounts/names.ts'
import { normalisePhone, testCode } from '../../../src/domain/auth/phone.ts'
import { collectPeers } from '../../../src/domain/peers/collect.ts'
import { isAllowed } from '../../../src/domain/privacy/rules.ts'
import type { UserId } from '../../../src/lib/ids.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { statusView } from '../../../src/views/user.ts'

describe('phone numbers', () => {
  test.each([
    ['+1 (555) 000-0111', '15550000111'],
    ['15550000111', '15550000111'],
    ['+49 1512 3456789', '4915123456789'],
    ['+44 (0)7700 900123', '447700900123'],
    ['+99966 2 0001', '9996620001'],
    ['9996650001', '9996650001'],
  ])('%s is %s', (typed, digits) => {
    expect(normalisePhone(typed)).toBe(digits)
  })

  test.each(['', '+', 'abc', '12', '+999660', '42777', '1'.repeat(16), `+1555${' '.repeat(80)}0000111`])(
    '%j is none',
    (typed) => {
      expect(normalisePhone(typed)).toBeUndefined()
    },
  )

  test('of the test environment have a code that everybody knows', () => {
    expect(testCode('9996620001', 5)).toBe('22222')
    expect(testCode('15550000111', 5)).toBeUndefined()
  })
})

describe('names', () => {
  test('are stored without what cannot be seen', () => {
    expect(parseFirstName('  Anna \u202e\n Maria ')).toBe('Anna Maria')
    expect(parseFirstName('👩‍👩‍👧 Family')).toBe('👩‍👩‍👧 Family')
    expect(() => parseFirstName('\u200b\u2060')).toThrow('FIRSTNAME_INVALID')
    expect(parseAbout(' a\tb ')).toBe('a b')
    expect(contactName('', 'Smith')).toEqual({ firstName: 'Smith', lastName: '' })
    expect(contactName('x'.repeat(100), '').firstName).toHaveLength(64)
  })

  test('public ones keep to their alphabet', () => {
    for (const name of ['abcde', 'A1_b2', 'a'.repeat(32)]) expect(isUsername(name)).toBe(true)
    for (const name of ['abcd', 'a'.repeat(33), '1abcd', 'abc__d', 'abcd_', 'ab.cd'])
      expect(isUsername(name)).toBe(false)
  })
})

describe('privacy rules', () => {
  const viewer = 5 as UserId
  const stranger = { viewer, isContact: false, isCloseFriend: false, isBot: false }
  const contact = { ...stranger, isContact: true }
  const allowContacts = tl.privacyValueAllowContacts()
  const denyAll = tl.privacyValueDisallowAll()
  const denyViewer = tl.privacyValueDisallowUsers({ users: [5] })
  const allowViewer = tl.privacyValueAllowUsers({ users: [4, 5] })

  test.each<[string, T.PrivacyRule[], boolean, boolean]>([
    ['nothing', [], false, false],
    ['everybody', [tl.privacyValueAllowAll()], true, true],
    ['contacts', [allowContacts], false, true],
    ['contacts, nobody else', [denyAll, allowContacts], false, true],
    ['everybody but contacts', [tl.privacyValueAllowAll(), tl.privacyValueDisallowContacts()], true, false],
    ['nobody but one', [denyAll, allowViewer], true, true],
    ['contacts but one', [allowContacts, denyViewer, denyAll], false, false],
    ['one both ways', [allowViewer, denyViewer], false, false],
  ])('%s', (_name, rules, forStranger, forContact) => {
    expect(isAllowed(rules, stranger)).toBe(forStranger)
    expect(isAllowed(rules, contact)).toBe(forContact)
    expect(isAllowed(rules.toReversed(), contact)).toBe(forContact)
  })

  test('a hidden visit is told by its age alone', () => {
    const now = 1_000_000_000
    const hidden = { isExact: false, isHiddenByMe: false, isNothing: false }
    const agoDays = (days: number): string =>
      statusView({ ...hidden, onlineUntil: now - days * 86_400 }, now)._
    expect([0, 2, 5, 20, 40].map(agoDays)).toEqual([
      'userStatusRecently',
      'userStatusRecently',
      'userStatusLastWeek',
      'userStatusLastMonth',
      'userStatusEmpty',
    ])
    const exact = { ...hidden, isExact: true }
    expect(statusView({ ...exact, onlineUntil: now + 5 }, now)).toEqual(
      tl.userStatusOnline({ expires: now + 5 }),
    )
    expect(statusView({ ...exact, onlineUntil: now }, now)).toEqual(tl.userStatusOffline({ wasOnline: now }))
    expect(statusView({ ...exact, onlineUntil: 0 }, now)).toEqual(tl.userStatusEmpty())
    expect(statusView({ ...exact, isNothing: true, onlineUntil: now }, now)).toEqual(tl.userStatusEmpty())
  })
})

test('everybody whom an object names is collected', () => {
  const message = tl.message({
    id: 9,
    fromId: tl.peerUser({ userId: 1 }),
    peerId: tl.peerUser({ userId: 2 }),
    date: 0,
    message: 'x',
    entities: [tl.messageEntityMentionName({ offset: 0, length: 1, userId: 3 })],
    fwdFrom: tl.messageFwdHeader({ date: 0, fromId: tl.peerChannel({ channelId: 7 }) }),
  })
  const rules = tl.updatePrivacy({
    key: tl.privacyKeyAbout(),
    rules: [tl.privacyValueAllowUsers({ users: [4] })],
  })
  const { users, channels, chats } = collectPeers([
    tl.updateNewMessage({ message, pts: 1, ptsCount: 1 }),
    rules,
  ])
  expect([...users].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
  expect([...channels]).toEqual([7])
  expect([...chats]).toEqual([])
})
