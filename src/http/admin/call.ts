import type { Context } from '../../context.ts'
import { ConsoleError } from '../../domain/admin/admins.ts'
import type { Announcer } from '../../domain/admin/announcer.ts'
import type { ConsoleActor } from '../../domain/admin/audit.ts'
import type { HealthRecorder } from '../../domain/admin/health.ts'
import type { Action } from '../../domain/admin/rights.ts'
import type { ConsoleUser } from '../../domain/admin/sign-in.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Proxies } from '../proxies.ts'
import type { Markup } from '../shell.ts'

/** What of a running server the console shows and sets off. */
export interface ConsoleParts {
  readonly health: HealthRecorder
  readonly announcer: Announcer
}

/** What the console is made of. */
export interface ConsoleDeps {
  readonly context: Context
  readonly proxies: Proxies
  readonly console: ConsoleParts
}

/** A call of somebody who is signed in to the console and may do what is asked for. */
export interface ConsoleCall {
  readonly ctx: Context
  readonly parts: ConsoleParts
  readonly user: ConsoleUser
  readonly by: ConsoleActor
  /** A part of the path; digits only. */
  readonly id: number
  query(name: string): string
  /** A field of the form; '' when it is missing. */
  field(name: string): string
}

/** A page of the console. */
export interface ConsolePage {
  readonly path: string
  readonly needs: Action
  readonly title: string
  /** Seconds after which the browser asks again. */
  readonly refreshSec?: number
  /** What is written into the audit log when somebody looks: for what not even a glance is harmless. */
  readonly audits?: string
  show(call: ConsoleCall): Promise<Markup>
}

/** An image on a page of the console. */
export interface ConsoleImage {
  readonly path: string
  readonly needs: Action
  /** A JPEG that this server made; undefined when there is none. */
  load(call: ConsoleCall): Promise<Uint8Array | undefined>
}

/** A form of the console. */
export interface ConsoleDeed {
  readonly path: string
  readonly needs: Action
  /** Reads and checks the form. Throws ConsoleError. */
  prepare(call: ConsoleCall): Promise<Prepared> | Prepared
}

/** What a form asks for, checked: written into the audit log, then done. */
export interface Prepared {
  readonly subject: string
  readonly details: Readonly<Record<string, unknown>>
  /** Throws ConsoleError when it cannot be done after all. */
  readonly run: () => Promise<unknown>
  /** Where the browser goes then. */
  readonly to: string
}

/** The administrator who acts. Whoever holds the token has no right that needs one. */
export function actorId(call: ConsoleCall): UserId {
  if (call.user.userId === undefined) throw new ConsoleError('Please sign in with an account for this.')
  return call.user.userId
}

/** Words that an administrator typed. Throws ConsoleError. */
export function words(call: ConsoleCall, name: string, more: { label: string; max: number }): string {
  const text = call.field(name).replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim()
  if (text === '') throw new ConsoleError(`${more.label} is missing.`)
  if (text.length > more.max) throw new ConsoleError(`${more.label} has at most ${more.max} characters.`)
  return text
}

/** What a row of a list must be older than: a page begins behind it. */
export function beforeId(call: ConsoleCall): number {
  const typed = call.query('before')
  return /^\d{1,10}$/.test(typed) ? Math.min(Number(typed), NEWER_THAN_ALL) : NEWER_THAN_ALL
}

const NEWER_THAN_ALL = 2 ** 31 - 1
