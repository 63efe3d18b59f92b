import { rpcError } from '../../tl/rpc-error.ts'
import { ABOUT_LENGTH, NAME_LENGTH, USERNAME_MAX, USERNAME_MIN } from './limits.ts'

/** Control characters, line ends and invisible marks of direction have no place in a name. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\ufeff]/g
const USERNAME = new RegExp(`^[a-z](?:_?[a-z0-9])*$`, 'i')

/** A name as it is stored: without what cannot be seen, with single spaces, in bounds. */
function cleanName(input: string): string {
  const clean = input.replace(UNPRINTABLE, ' ').replace(/\s+/gu, ' ').trim()
  return cutTo(clean, NAME_LENGTH)
}

/** A first name. Throws FIRSTNAME_INVALID when nothing is left of it or it is too long. */
export function parseFirstName(input: string): string {
  const name = cleanName(input)
  if (name === '' || charCount(input.trim()) > NAME_LENGTH) throw rpcError('FIRSTNAME_INVALID')
  return name
}

/**
 * The last name of somebody who signs up, which may be empty. Throws LASTNAME_INVALID when it is too long.
 */
export function parseLastName(input: string): string {
  if (charCount(input.trim()) > NAME_LENGTH) throw rpcError('LASTNAME_INVALID')
  return cleanName(input)
}

/** A last name that is changed: cut to what fits, for that method has no error to say otherwise. */
export function cutLastName(input: string): string {
  return cleanName(input)
}

/**
 * The name that somebody gives to a contact: cut to what fits. A nameless contact has its last name as first
 * name.
 */
export function contactName(first: string, last: string): { firstName: string; lastName: string } {
  const [firstName, lastName] = [cleanName(first), cleanName(last)]
  return firstName === '' ? { firstName: lastName, lastName: '' } : { firstName, lastName }
}

/** The text about oneself. Throws ABOUT_TOO_LONG. */
export function parseAbout(input: string): string {
  const about = input.replace(UNPRINTABLE, ' ').trim()
  if (charCount(about) > ABOUT_LENGTH) throw rpcError('ABOUT_TOO_LONG')
  return about
}

/**
 * Whether somebody can have this public name: 5 to 32 letters, digits and single underscores, a letter first
 * and no underscore last. https://core.telegram.org/method/account.checkUsername
 */
export function isUsername(name: string): boolean {
  return name.length >= USERNAME_MIN && name.length <= USERNAME_MAX && USERNAME.test(name)
}

/** Characters as people count them, roughly: code points. */
function charCount(text: string): number {
  return [...text].length
}

function cutTo(text: string, length: number): string {
  return text.length <= length ? text : [...text].slice(0, length).join('')
}
