/** What an administrator is appointed as. */
export type Role = 'owner' | 'moderator' | 'viewer'

/** As what somebody acts in the console: an administrator, or whoever holds the token from the server's start. */
export type Standing = Role | 'host'

export const ROLES: readonly Role[] = ['owner', 'moderator', 'viewer']

const EVERYBODY = ['host', 'owner', 'moderator', 'viewer'] as const
const ADMINS = ['owner', 'moderator', 'viewer'] as const
const ACTING = ['owner', 'moderator'] as const
const OWNER = ['owner'] as const
/** The token is there to appoint the first owner, or another one when all have lost their second factor. */
const APPOINTING = ['host', 'owner'] as const

/** Who may do what: the one table that every page and every form of the console is held against. */
export const RIGHTS = {
  'see health': EVERYBODY,
  'see cases': ADMINS,
  'decide a case': ACTING,
  'see users': ADMINS,
  'sanction a user': ACTING,
  'lift a sanction': ACTING,
  'end sessions': ACTING,
  'see apps': ADMINS,
  'block an app': ACTING,
  'unblock an app': ACTING,
  'mark an app': OWNER,
  'see sanctions': ADMINS,
  'see limits': ADMINS,
  'see terms': ADMINS,
  'set terms': OWNER,
  'set API terms': OWNER,
  'see announcements': ADMINS,
  announce: OWNER,
  'see codes': ACTING,
  'see appeals': ADMINS,
  'answer an appeal': ACTING,
  'see administrators': APPOINTING,
  'appoint an administrator': APPOINTING,
  'change a role': APPOINTING,
  'remove an administrator': APPOINTING,
  'reset a second factor': APPOINTING,
  'see the audit log': ['host', 'owner', 'moderator'],
} as const satisfies Record<string, readonly Standing[]>

export type Action = keyof typeof RIGHTS

/** Whether somebody may do something. */
export function mayDo(standing: Standing, action: Action): boolean {
  const allowed: readonly Standing[] = RIGHTS[action]
  return allowed.includes(standing)
}
