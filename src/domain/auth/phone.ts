import { parsePhoneNumberFromString } from 'libphonenumber-js'
import { rpcError } from '../../tl/rpc-error.ts'

/** Digits that a phone number may have: E.164 has at most 15. */
const MAX_DIGITS = 15
/** Characters of input that are looked at, punctuation included. */
const MAX_INPUT = 64

/** A number of the platform's test environment: 99966, a datacenter X and four free digits. */
const TEST_NUMBER = /^99966(\d)\d{4}$/

/**
 * The digits of a phone number in international form, as they are stored and shown to clients; undefined when
 * there can be no such number. Numbers that are not assigned to anybody pass, so that made-up ones can be
 * used.
 */
export function normalisePhone(input: string): string | undefined {
  if (input.length > MAX_INPUT) return undefined
  const digits = input.replace(/\D/g, '')
  if (digits.length > MAX_DIGITS) return undefined
  if (TEST_NUMBER.test(digits)) return digits
  const parsed = parsePhoneNumberFromString(`+${digits}`)
  return parsed?.isPossible() ? parsed.number.slice(1) : undefined
}

/** `normalisePhone`, for input that must be a number. Throws PHONE_NUMBER_INVALID. */
export function parsePhone(input: string): string {
  const phone = normalisePhone(input)
  if (phone === undefined) throw rpcError('PHONE_NUMBER_INVALID')
  return phone
}

/**
 * The login code of a test number, which everybody knows: its datacenter digit, repeated. Undefined for other
 * numbers. https://core.telegram.org/api/auth#test-accounts
 */
export function testCode(phone: string, length: number): string | undefined {
  return TEST_NUMBER.exec(phone)?.[1]?.repeat(length)
}
