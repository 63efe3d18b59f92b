import { DESCRIPTION_LENGTH, TITLE_LENGTH, URL_LENGTH } from './limits.ts'

/** What was wrong with the description of an app, in words for whoever typed it. */
export class AppError extends Error {
  override readonly name = 'AppError'
}

/** Where an app runs, by the name that the portal's form knows it by. */
export const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ['android', 'Android'],
  ['ios', 'iOS'],
  ['wp', 'Windows Phone'],
  ['bb', 'BlackBerry'],
  ['desktop', 'Desktop'],
  ['web', 'Web'],
  ['ubp', 'Ubuntu phone'],
  ['other', 'Other'],
])

const SHORT_NAME = /^[a-z0-9]{5,32}$/i
/** Control characters, and marks that change the direction of what follows them. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** A title, on one line. Throws AppError. */
export function parseTitle(input: string): string {
  const title = clean(input).replace(/\s+/gu, ' ').trim()
  if (title === '' || title.length > TITLE_LENGTH) throw new AppError('Incorrect app name!')
  return title
}

/** A short name: 5 to 32 letters and digits. Throws AppError. */
export function parseShortName(input: string): string {
  const shortName = input.trim()
  if (!SHORT_NAME.test(shortName))
    throw new AppError('Incorrect short name! It has 5 to 32 letters and digits.')
  return shortName
}

/** By what a short name is unique: not by how it is written. */
export function shortKeyOf(shortName: string): string {
  return shortName.toLowerCase()
}

/** The address of a website, or nothing. Throws AppError. */
export function parseUrl(input: string): string {
  const typed = input.trim()
  if (typed === '') return ''
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:/i.test(typed) ? typed : `https://${typed}`)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!isWeb || url.href.length > URL_LENGTH) throw new AppError('Incorrect URL!')
  return url.href
}

/** A platform of PLATFORMS. Throws AppError. */
export function parsePlatform(input: string): string {
  if (!PLATFORMS.has(input)) throw new AppError('Incorrect platform!')
  return input
}

/** What an app does, in some lines. Throws AppError. */
export function parseDescription(input: string): string {
  const description = clean(input.replaceAll('\r\n', '\n')).trim()
  if (description.length > DESCRIPTION_LENGTH)
    throw new AppError(`Incorrect description! It has at most ${DESCRIPTION_LENGTH} characters.`)
  return description
}

/** Text without what cannot be seen; line feeds stay. */
export function clean(input: string): string {
  return input.replace(UNPRINTABLE, ' ')
}
