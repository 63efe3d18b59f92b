import type { Actor, Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { contactName } from '../accounts/names.ts'
import { findByPhones } from '../accounts/store.ts'
import { otherEntry } from '../accounts/tell.ts'
import { normalisePhone } from '../auth/phone.ts'
import { decodeRules } from '../privacy/encoded.ts'
import { isAllowed } from '../privacy/rules.ts'
import { readRulesOf } from '../privacy/store.ts'
import { countImporters, countImports, dropAllImports, putImports, takeImports } from './import-store.ts'
import { CONTACTS_PER_CALL, MAX_CONTACTS, TOLD_OF_SIGN_UP } from './limits.ts'
import { packNote } from './note.ts'
import { countContacts, putContacts, readOwnersOf } from './store.ts'

/** What became of a phone book. */
export interface Imported {
  readonly imported: { readonly userId: UserId; readonly clientId: bigint }[]
  /** Numbers without an account that others have imported as well. */
  readonly popular: { readonly clientId: bigint; readonly importers: number }[]
  /** What was not looked at, to be sent again. */
  readonly retry: bigint[]
}

interface Entry {
  readonly clientId: bigint
  readonly phone: string
  readonly firstName: string
  readonly lastName: string
  readonly note: Uint8Array | null
}

/**
 * Makes contacts of those in a phone book who have an account and let themselves be found by their number,
 * and keeps the rest until they sign up. https://core.telegram.org/method/contacts.importContacts
 */
export async function importContacts(
  ctx: Context,
  by: Actor,
  contacts: readonly T.InputContact[],
): Promise<Imported> {
  const room = await roomFor(ctx, by.userId)
  const taken = Math.min(room, CONTACTS_PER_CALL)
  const entries = contacts.slice(0, taken).flatMap(entryOf)
  const retry = contacts.slice(taken).map((contact) => contact.clientId)
  const found = await findable(ctx, by.userId, entries)
  const known = new Map<UserId, Entry>()
  const strangers = new Map<string, Entry>()
  for (const entry of entries) {
    const userId = found.get(entry.phone)
    if (userId === undefined) strangers.set(entry.phone, entry)
    else known.set(userId, entry)
  }
  await ctx.db.transaction(async (tx) => {
    const added = [...known].map(([userId, entry]) => ({ ownerId: by.userId, userId, ...entry }))
    await putContacts(tx, added, ctx.clock.nowSec())
    await putImports(
      tx,
      [...strangers.values()].map((entry) => ({ ownerId: by.userId, ...entry })),
    )
    if (added.length > 0) await ctx.updates.record(tx, [otherEntry(by.userId, tl.updateContactsReset())], by)
  })
  return {
    imported: entries.flatMap(({ phone, clientId }) => {
      const userId = found.get(phone)
      return userId === undefined ? [] : [{ userId, clientId }]
    }),
    popular: await popularOf(ctx, [...strangers.values()]),
    retry,
  }
}

/**
 * Turns imported numbers into contacts when their number signs up, and tells those who had imported it.
 * https://core.telegram.org/api/contacts
 */
export async function claimImports(ctx: Context, tx: Tx, userId: UserId, phone: string): Promise<void> {
  const imports = await takeImports(tx, phone)
  const contacts = imports.map((each) => ({ ...each, userId, note: null }))
  await putContacts(tx, contacts, ctx.clock.nowSec())
  const told = imports.slice(0, TOLD_OF_SIGN_UP)
  await ctx.updates.record(
    tx,
    told.map((each) => otherEntry(each.ownerId, tl.updateContactsReset())),
  )
}

/** Forgets the imported numbers that have no account. https://core.telegram.org/method/contacts.resetSaved */
export async function forgetImports(ctx: Context, by: Actor): Promise<void> {
  await ctx.db.single((tx) => dropAllImports(tx, by.userId))
}

async function roomFor(ctx: Context, userId: UserId): Promise<number> {
  const [contacts, imports] = await Promise.all([countContacts(ctx.db, userId), countImports(ctx.db, userId)])
  return Math.max(0, MAX_CONTACTS - contacts - imports)
}

/** What can be used of a phone book entry; nothing, when it has no number or no name. */
function entryOf(contact: T.InputContact): Entry[] {
  const phone = normalisePhone(contact.phone)
  const name = contactName(contact.firstName, contact.lastName)
  if (phone === undefined || name.firstName === '') return []
  return [{ clientId: contact.clientId, phone, ...name, note: packNote(contact.note) }]
}

/** The accounts behind numbers, as far as their owners let themselves be found by them. */
async function findable(
  ctx: Context,
  viewer: UserId,
  entries: readonly Entry[],
): Promise<Map<string, UserId>> {
  const found = await findByPhones(ctx.db, [...new Set(entries.map((entry) => entry.phone))])
  const ids = [...found.values()]
  const key = 'privacyKeyAddedByPhone'
  const [rules, contactsOf] = await Promise.all([
    readRulesOf(ctx.db, ids, key),
    readOwnersOf(ctx.db, ids, viewer),
  ])
  for (const [phone, userId] of found) {
    const standing = { viewer, isContact: contactsOf.has(userId), isCloseFriend: false, isBot: false }
    const isOpen = userId === viewer || isAllowed(decodeRules(key, rules.get(userId)), standing)
    if (!isOpen) found.delete(phone)
  }
  return found
}

/** Whom a number leads to, if its owner lets themselves be found by it. */
export async function findByNumber(ctx: Context, viewer: UserId, input: string): Promise<UserId | undefined> {
  const phone = normalisePhone(input)
  if (phone === undefined) return undefined
  const entry = { clientId: 0n, phone, firstName: '', lastName: '', note: null }
  return (await findable(ctx, viewer, [entry])).get(phone)
}

async function popularOf(ctx: Context, strangers: readonly Entry[]): Promise<Imported['popular']> {
  const importers = await countImporters(
    ctx.db,
    strangers.map((entry) => entry.phone),
  )
  return strangers.flatMap(({ phone, clientId }) => {
    const others = importers.get(phone) ?? 0
    return others > 1 ? [{ clientId, importers: others }] : []
  })
}
