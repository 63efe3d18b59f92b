import { minuteText } from '../../lib/dates.ts'

/** What is counted of an account or an app. `codes` and `bans` are counted of apps alone. */
export type Counted = 'strangers' | 'reports' | 'blocks' | 'codes' | 'bans'

/**
 * What can be done about it. `slow`: so many seconds between messages to strangers (FLOOD_WAIT_X); `limited`: none to
 * strangers (PEER_FLOOD); `banned`: an account is out (USER_DEACTIVATED_BAN), an app signs nobody in (API_ID_INVALID), and
 * those who came in by it can do nothing there (CONNECTION_API_ID_INVALID).
 */
export type SanctionKind = 'slow' | 'limited' | 'banned'

export interface Subject {
  readonly kind: 'user' | 'app'
  readonly id: number
}

/** So many of something within so many days, today among them, lead to a sanction. */
export interface Rule {
  readonly subject: Subject['kind']
  readonly counted: Counted
  readonly days: number
  readonly count: number
  readonly leadsTo: SanctionKind
  /** How long it lasts; until it is lifted when undefined. */
  readonly forSec?: number
}

const DAY_SEC = 86_400
/** Counts are kept by day since 1970. */
export function dayOf(sec: number): number {
  return Math.floor(sec / DAY_SEC)
}

/** Days that rules look back, and that evidence shows. */
export const DAYS_SEEN = 30

/** By what those who came through apps that the host did not register are judged. */
export const RULES: readonly Rule[] = [
  { subject: 'user', counted: 'strangers', days: 1, count: 60, leadsTo: 'slow', forSec: 6 * 3600 },
  { subject: 'user', counted: 'strangers', days: 1, count: 150, leadsTo: 'limited', forSec: DAY_SEC },
  { subject: 'user', counted: 'strangers', days: 7, count: 500, leadsTo: 'limited', forSec: 7 * DAY_SEC },
  { subject: 'user', counted: 'reports', days: 3, count: 3, leadsTo: 'slow', forSec: DAY_SEC },
  { subject: 'user', counted: 'reports', days: 3, count: 5, leadsTo: 'limited', forSec: 3 * DAY_SEC },
  { subject: 'user', counted: 'reports', days: 7, count: 30, leadsTo: 'banned' },
  { subject: 'user', counted: 'blocks', days: 1, count: 20, leadsTo: 'slow', forSec: DAY_SEC },
  { subject: 'user', counted: 'blocks', days: 1, count: 40, leadsTo: 'limited', forSec: DAY_SEC },
  { subject: 'app', counted: 'bans', days: 7, count: 50, leadsTo: 'banned' },
]

/** How often somebody who is slowed down may write to a stranger. */
export const SLOW_STRANGERS = { kind: 'strangers of the slowed', count: 1, windowSec: 300 } as const
/** Characters of an appeal, and of its answer. */
export const APPEAL_LENGTH = 2000

/** Of one day, how often something was counted. */
export interface DayCount {
  readonly counted: Counted
  readonly day: number
  readonly count: number
}

const STRICTNESS: Readonly<Record<SanctionKind, number>> = { slow: 1, limited: 2, banned: 3 }

/** Whether something as strict is in force already. */
export function isCovered(kind: SanctionKind, inForce: readonly { readonly kind: SanctionKind }[]): boolean {
  return inForce.some((sanction) => STRICTNESS[sanction.kind] >= STRICTNESS[kind])
}

/**
 * The strictest rule that the counts of a subject meet with today, if it is stricter than what is in force already.
 */
export function ruleMet(
  subject: Subject['kind'],
  counts: readonly DayCount[],
  today: number,
  inForce: readonly { readonly kind: SanctionKind }[],
): Rule | undefined {
  const met = RULES.filter((rule) => {
    if (rule.subject !== subject || isCovered(rule.leadsTo, inForce)) return false
    const seen = counts.filter((each) => each.counted === rule.counted && each.day > today - rule.days)
    return seen.reduce((sum, each) => sum + each.count, 0) >= rule.count
  })
  return met.sort(
    (a, b) => STRICTNESS[b.leadsTo] - STRICTNESS[a.leadsTo] || (b.forSec ?? 0) - (a.forSec ?? 0),
  )[0]
}

const SAID: Readonly<Record<SanctionKind, string>> = {
  slow: 'Your account can write to people who do not know it only now and then',
  limited: 'Your account can write only to people who know it',
  banned: 'Your account is banned',
}

/** What somebody is told of a sanction, in a sentence. */
export function describeSanction(sanction: {
  readonly kind: SanctionKind
  readonly until: number | null
}): string {
  const end = sanction.until === null ? 'until it is lifted' : `until ${minuteText(sanction.until)} UTC`
  return `${SAID[sanction.kind]}, ${end}.`
}

/** What a rule says of itself, for whoever reads why. */
export function describeRule(rule: Rule): string {
  const what: Readonly<Record<Counted, string>> = {
    strangers: 'messages to people who do not know the account',
    reports: 'people who reported it',
    blocks: 'people who blocked it',
    codes: 'login codes asked for',
    bans: 'accounts banned',
  }
  return `${rule.count} ${what[rule.counted]} in ${rule.days === 1 ? 'a day' : `${rule.days} days`}`
}
