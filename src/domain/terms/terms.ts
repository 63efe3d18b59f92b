import type { Actor, Context } from '../../context.ts'
import { must } from '../../lib/assert.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { packAll, unpackAll } from '../messages/packed.ts'
import { DEFAULT_TERMS } from './default-text.ts'
import { readMarkup } from './markup.ts'
import {
  insertTerms,
  putAccepted,
  putShown,
  readAccepted,
  readAllTerms,
  readLatestTerms,
  takeShown,
  type TermsRow,
} from './store.ts'

/** A version of the terms of service; 0 is the one that ships. */
export interface Terms {
  readonly version: number
  readonly text: string
  readonly entities: readonly T.MessageEntity[]
  /** How old one must say to be. */
  readonly minAge: number | undefined
  /** Whether clients show the text before anything else. */
  readonly isPopup: boolean
  readonly createdAt: number
}

/** What was wrong with new terms, in words for whoever wrote them. */
export class TermsError extends Error {
  override readonly name = 'TermsError'
}

const MAX_LENGTH = 20_000
const MAX_AGE = 120
/** Versions that are listed. */
const MAX_LISTED = 1_000
/** What a client gives back of a version: it is much shorter than this. */
const MAX_ID = 64

const SHIPPED: Terms = {
  version: 0,
  ...readMarkup(DEFAULT_TERMS),
  minAge: undefined,
  isPopup: false,
  createdAt: 0,
}

/** The terms in force. */
export async function currentTerms(ctx: Context): Promise<Terms> {
  const row = await readLatestTerms(ctx.db)
  return row ? fromRow(row) : SHIPPED
}

/** The terms in force, which are now shown on a key to somebody who is about to sign up. */
export async function showTerms(ctx: Context, keyId: bigint): Promise<Terms> {
  const terms = await currentTerms(ctx)
  if (terms.version > 0) await ctx.db.single((tx) => putShown(tx, keyId, terms.version))
  return terms
}

/** Whoever signs up agrees to the version that was shown, also when another one is in force by now. */
export async function acceptShownTerms(
  ctx: Context,
  tx: Tx,
  by: { readonly keyId: bigint; readonly userId: UserId },
): Promise<void> {
  const version = await takeShown(tx, by.keyId)
  if (version !== undefined) await putAccepted(tx, by.userId, version, ctx.clock.nowSec())
}

/**
 * Terms that a user has still to agree to, or to decline by deleting the account.
 * https://core.telegram.org/method/help.getTermsOfServiceUpdate
 */
export async function pendingTerms(ctx: Context, by: Actor): Promise<Terms | undefined> {
  const row = await readLatestTerms(ctx.db)
  if (!row || ((await readAccepted(ctx.db, by.userId)) ?? 0) >= row.version) return undefined
  return fromRow(row)
}

/**
 * Agrees to the terms that `termsId` names. Throws DATA_JSON_INVALID when there are no such terms.
 * https://core.telegram.org/method/help.acceptTermsOfService
 */
export async function acceptTerms(ctx: Context, by: Actor, id: string): Promise<void> {
  const version = parseId(id)
  const latest = (await readLatestTerms(ctx.db))?.version ?? 0
  if (version === undefined || version > latest) throw rpcError('DATA_JSON_INVALID')
  if (version > 0) await ctx.db.single((tx) => putAccepted(tx, by.userId, version, ctx.clock.nowSec()))
}

/** What names a version to clients, who give it back as they got it. */
export function termsId(terms: Terms): string {
  return JSON.stringify({ version: terms.version })
}

function parseId(id: string): number | undefined {
  if (id.length > MAX_ID) return undefined
  try {
    const { version } = Object(JSON.parse(id)) as { readonly version?: unknown }
    return Number.isInteger(version) && (version as number) >= 0 ? (version as number) : undefined
  } catch {
    return undefined // It is no JSON, so it was not made here.
  }
}

/** Puts new terms in force; everybody is asked to agree to them. Returns them. Throws TermsError. */
export async function setTerms(
  ctx: Context,
  input: { readonly markup: string; readonly minAge: number | undefined; readonly isPopup: boolean },
): Promise<Terms> {
  const { text, entities } = readMarkup(input.markup)
  if (text === '') throw new TermsError('the terms are empty')
  if (text.includes('\u0000')) throw new TermsError('the terms are no text')
  if (text.length > MAX_LENGTH) throw new TermsError(`the terms have at most ${MAX_LENGTH} characters`)
  const { minAge = null, isPopup } = input
  if (minAge !== null && !(Number.isInteger(minAge) && minAge > 0 && minAge <= MAX_AGE))
    throw new TermsError(`a minimum age is a number from 1 to ${MAX_AGE}`)
  const row = {
    text,
    entities: packAll(entities, 'MessageEntity'),
    minAge,
    isPopup,
    createdAt: ctx.clock.nowSec(),
  }
  const version = must(await ctx.db.single((tx) => insertTerms(tx, row)), 'a row was written')
  return fromRow({ ...row, version })
}

/** Every version that was set, the newest first. */
export async function listTerms(ctx: Context): Promise<Terms[]> {
  return (await readAllTerms(ctx.db, MAX_LISTED)).map(fromRow)
}

function fromRow(row: TermsRow): Terms {
  const { version, text, isPopup, createdAt } = row
  // The column holds what `packAll` made of entities.
  const entities = (unpackAll(row.entities) ?? []) as unknown as T.MessageEntity[]
  return { version, text, entities, minAge: row.minAge ?? undefined, isPopup, createdAt }
}
