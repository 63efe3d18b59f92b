import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { parsePhone } from '../auth/phone.ts'
import { claimImports } from '../contacts/import.ts'
import { homeOfNew } from '../datacenters/home.ts'
import { parseFirstName, parseLastName } from './names.ts'
import { insertAccount } from './store.ts'

/** Who gets an account. */
export interface NewPerson {
  readonly phone: string
  readonly firstName: string
  readonly lastName: string
}

/**
 * Makes an account without a login, for whoever runs the server. Undefined when the number has one already.
 * Throws PHONE_NUMBER_INVALID, FIRSTNAME_INVALID, LASTNAME_INVALID.
 */
export async function createUser(
  ctx: Context,
  input: NewPerson & { readonly homeDc?: number | undefined },
): Promise<UserId | undefined> {
  const person = {
    phone: parsePhone(input.phone),
    firstName: parseFirstName(input.firstName),
    lastName: parseLastName(input.lastName),
  }
  const homeDc = input.homeDc ?? homeOfNew(ctx, person.phone)
  return await ctx.db.transaction((tx) => makeAccount(ctx, tx, { ...person, homeDc }))
}

/**
 * Makes an account and the contacts of those who had imported its number. Undefined when the number is taken.
 */
export async function makeAccount(
  ctx: Context,
  tx: Tx,
  person: NewPerson & { readonly homeDc: number },
): Promise<UserId | undefined> {
  const made = await insertAccount(tx, { ...person, isBot: false }, ctx.clock.nowSec())
  if (made !== undefined) await claimImports(ctx, tx, made, person.phone)
  return made
}
