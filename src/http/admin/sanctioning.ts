import { html } from 'hono/html'
import type { SanctionKind } from '../../domain/abuse/rules.ts'
import type { Sanction } from '../../domain/abuse/store.ts'
import { findAdmin } from '../../domain/admin/admin-store.ts'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { LIMITS_USER_ID, peerKind, SERVICE_USER_ID, type PeerId, type UserId } from '../../lib/ids.ts'
import type { Markup } from '../shell.ts'
import type { ConsoleCall } from './call.ts'
import { badge, form, moment, table, type Content } from './parts.ts'

const HOUR_SEC = 3600
const DAY_SEC = 86_400

/** How long a sanction can be, in seconds; 0 is until it is lifted. */
export const DURATIONS: readonly (readonly [value: string, text: string])[] = [
  [String(HOUR_SEC), 'an hour'],
  [String(DAY_SEC), 'a day'],
  [String(3 * DAY_SEC), '3 days'],
  [String(7 * DAY_SEC), '7 days'],
  [String(30 * DAY_SEC), '30 days'],
  ['0', 'for good'],
]

/** The kinds of sanctions, and what they are called in a form. */
export const SANCTION_KINDS: readonly (readonly [value: SanctionKind, text: string])[] = [
  ['slow', 'Slow down: strangers only now and then'],
  ['limited', 'Limit: no messages to strangers'],
  ['banned', 'Ban: the account is out'],
]

/** Characters of the cause of a sanction. */
export const CAUSE_LENGTH = 1000

/** The chosen length of a sanction. Throws ConsoleError. */
export function chosenDuration(call: ConsoleCall): number | undefined {
  const typed = call.field('for')
  if (!DURATIONS.some(([value]) => value === typed)) throw new ConsoleError('Please choose for how long.')
  return Number(typed) || undefined
}

/** The chosen kind of sanction. Throws ConsoleError. */
export function chosenKind(call: ConsoleCall): SanctionKind {
  const kind = SANCTION_KINDS.find(([value]) => value === call.field('kind'))?.[0]
  if (!kind) throw new ConsoleError('Please choose what is to be done.')
  return kind
}

/**
 * Throws ConsoleError unless something may be done about this user: the server's own accounts cannot do without their
 * rights, and of administrators only an owner decides.
 */
export async function requireTouchable(call: ConsoleCall, id: PeerId): Promise<void> {
  if (peerKind(id) !== 'user') throw new ConsoleError('This can be done about users only.')
  if (isServersOwn(id)) throw new ConsoleError('This account belongs to the server.')
  const admin = await findAdmin(call.ctx.db, id as UserId)
  if (admin && call.user.standing !== 'owner')
    throw new ConsoleError('This is an administrator: only an owner can do that.')
}

/** Whether an account belongs to the server itself. */
export function isServersOwn(id: PeerId): boolean {
  return id === SERVICE_USER_ID || id === LIMITS_USER_ID
}

/** What was done, how long it holds, and why. */
export function sanctionTable(
  call: ConsoleCall,
  caption: string,
  sanctions: readonly Sanction[],
  who: (sanction: Sanction) => Content,
  by: (id: number | null) => Content,
): Markup {
  const nowSec = call.ctx.clock.nowSec()
  return table(
    caption,
    ['Whom', 'What', 'Since', 'Until', 'Why', 'By', ''],
    sanctions.map((each) => [
      who(each),
      kindBadge(each, nowSec),
      moment(each.since),
      each.liftedAt === null ? moment(each.until) : html`lifted ${moment(each.liftedAt)}`,
      html`${each.cause}${evidenceOf(each)}`,
      each.madeBy === null ? 'a rule' : by(each.madeBy),
      inForce(each, nowSec)
        ? form(call, {
            needs: 'lift a sanction',
            path: `/admin/sanctions/${each.id}/lift`,
            button: 'Lift',
          })
        : '',
    ]),
    'None.',
  )
}

function inForce(sanction: Sanction, nowSec: number): boolean {
  return sanction.liftedAt === null && (sanction.until === null || sanction.until > nowSec)
}

function kindBadge(sanction: Sanction, nowSec: number): Markup {
  return badge(sanction.kind, inForce(sanction, nowSec) ? 'bad' : 'plain')
}

function evidenceOf({ evidence }: Sanction): Markup | '' {
  if (evidence.length === 0) return ''
  return html`<details>
    <summary>Evidence</summary>
    <ul>
      ${evidence.map((each) => html`<li>${dayText(each.day)}: ${each.counted} ${each.count}</li>`)}
    </ul>
  </details>`
}

/** A day since 1970. */
export function dayText(day: number): string {
  return new Date(day * DAY_SEC * 1000).toISOString().slice(0, 10)
}
