import type { Actor, Context } from '../../context.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { findByNumber } from '../contacts/import.ts'
import { readRelation } from '../contacts/store.ts'
import { ACCURACY_METRES, CARD_LENGTH, PHONE_LENGTH, TITLE_LENGTH } from './limits.ts'

/** Media that is no file: places, contacts, dice. */

/** How many values each emoji can be thrown to. https://core.telegram.org/api/dice */
const DICE: Readonly<Record<string, number>> = {
  '🎲': 6,
  '🎯': 6,
  '🏀': 5,
  '⚽': 5,
  '🎰': 64,
  '🎳': 6,
}

/** A throw. Throws EMOTICON_INVALID. */
export function throwDice(ctx: Context, input: T.inputMediaDice): T.messageMediaDice {
  // Some send the ball with the sign that it is to be shown in colour.
  const emoticon = input.emoticon.replaceAll('\ufe0f', '')
  const values = Object.hasOwn(DICE, emoticon) ? DICE[emoticon] : undefined
  if (values === undefined) throw rpcError('EMOTICON_INVALID')
  return tl.messageMediaDice({ value: 1 + ctx.random.int(values), emoticon })
}

/** A place on the earth. Throws MEDIA_INVALID. */
export function placeOf(input: T.InputGeoPoint): T.geoPoint {
  if (input._ !== 'inputGeoPoint') throw rpcError('MEDIA_INVALID')
  const { lat, long } = input
  if (!(Math.abs(lat) <= 90 && Math.abs(long) <= 180)) throw rpcError('MEDIA_INVALID')
  const accuracy = Math.min(input.accuracyRadius ?? 0, ACCURACY_METRES)
  return tl.geoPoint({ long, lat, accessHash: 0n, accuracyRadius: accuracy > 0 ? accuracy : undefined })
}

/** A place with a name. Throws MEDIA_INVALID. */
export function venueOf(input: T.inputMediaVenue): T.messageMediaVenue {
  const title = oneLine(input.title)
  if (title === '') throw rpcError('MEDIA_INVALID')
  return tl.messageMediaVenue({
    geo: placeOf(input.geoPoint),
    title,
    address: oneLine(input.address),
    provider: oneLine(input.provider),
    venueId: oneLine(input.venueId),
    venueType: oneLine(input.venueType),
  })
}

/**
 * A contact. Whose number it is, is told only where it is one of the sender's own contacts: numbers are not looked up by
 * sending them. Throws MEDIA_INVALID.
 */
export async function contactOf(
  ctx: Context,
  by: Actor,
  input: T.inputMediaContact,
): Promise<T.messageMediaContact> {
  const phoneNumber = oneLine(input.phoneNumber).slice(0, PHONE_LENGTH)
  if (phoneNumber === '' || input.vcard.length > CARD_LENGTH) throw rpcError('MEDIA_INVALID')
  const userId = await findByNumber(ctx, by.userId, phoneNumber)
  const isKnown =
    userId !== undefined &&
    (userId === by.userId || (await readRelation(ctx.db, by.userId, userId)).isContact)
  return tl.messageMediaContact({
    phoneNumber,
    firstName: oneLine(input.firstName),
    lastName: oneLine(input.lastName),
    vcard: input.vcard.replaceAll('\u0000', ''),
    userId: isKnown ? userId : 0,
  })
}

/** Text of one line, without control characters, of a bounded length. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const clean = text.slice(0, 4 * TITLE_LENGTH).replaceAll(/[\0-\x1f\x7f\u2028-\u202e]/g, ' ')
  return [...clean.trim()].slice(0, TITLE_LENGTH).join('')
}
