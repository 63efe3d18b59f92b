import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from '../../context.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Tx } from '../../store/database.ts'
import { insertAudit, lockLast, readAudit, readHashes, type AuditRow } from './audit-store.ts'
import { DETAILS_LENGTH } from './limits.ts'
import type { Standing } from './rights.ts'

/** Who acts in the console, and from where. */
export interface ConsoleActor {
  /** Undefined: whoever holds the token, or nobody who is known. */
  readonly userId: UserId | undefined
  readonly standing: Standing | 'nobody'
  readonly address: string
}

/** What is done, on what, and what else is to be known of it. */
export interface Audited {
  readonly action: string
  readonly subject: string
  readonly details: Readonly<Record<string, unknown>>
}

/** What the chain begins with. */
const FIRST = Buffer.alloc(32)

/** Writes down what somebody is about to do. */
export async function audit(ctx: Context, by: ConsoleActor, what: Audited): Promise<void> {
  await ctx.db.transaction((tx) => auditIn(ctx, tx, by, what))
}

/** Writes down what is done in this transaction. */
export async function auditIn(ctx: Context, tx: Tx, by: ConsoleActor, what: Audited): Promise<void> {
  const last = await lockLast(tx)
  const line = {
    id: (last?.id ?? 0) + 1,
    at: ctx.clock.nowSec(),
    who: by.userId ?? null,
    role: by.standing,
    address: by.address,
    action: what.action,
    subject: what.subject,
    details: detailsOf(what.details),
    previous: last?.hash ?? FIRST,
  }
  await insertAudit(tx, { ...line, hash: hashOf(ctx, line) })
}

/** Lines of the log, the latest first, and whether each is as it was written and follows the one before it. */
export async function listAudit(
  ctx: Context,
  page: Parameters<typeof readAudit>[1],
): Promise<(AuditRow & { readonly isWhole: boolean })[]> {
  const rows = await readAudit(ctx.db, page)
  const before = await readHashes(
    ctx.db,
    rows.map((row) => row.id - 1),
  )
  return rows.map((row) => {
    const previous = row.id === 1 ? FIRST : before.get(row.id - 1)
    const follows = previous !== undefined && Buffer.from(previous).equals(row.previous)
    return { ...row, isWhole: follows && timingSafeEqual(hashOf(ctx, row), row.hash) }
  })
}

/** Details that are too long lose their longest texts, not their form. */
function detailsOf(details: Readonly<Record<string, unknown>>): string {
  const whole = stringify(details)
  if (whole.length <= DETAILS_LENGTH) return whole
  const shortened = Object.entries(details).map(([name, value]) => [name, shorten(value)] as const)
  return stringify(Object.fromEntries(shortened)).slice(0, DETAILS_LENGTH)
}

function shorten(value: unknown): unknown {
  return typeof value === 'string' && value.length > SHORT ? `${value.slice(0, SHORT)}…` : value
}

const SHORT = 500

/** A text column holds no NUL. */
function stringify(value: unknown): string {
  return JSON.stringify(value).replaceAll(String.raw`\u0000`, '')
}

/** With a key, so that who can write to the database cannot make a chain of their own. */
function hashOf(ctx: Context, line: Omit<AuditRow, 'hash'>): Buffer {
  const { id, at, who, role, address, action, subject, details, previous } = line
  return createHmac('sha256', ctx.secrets.derive('audit log', 32))
    .update(JSON.stringify([id, at, who, role, address, action, subject, details]))
    .update(previous)
    .digest()
}
