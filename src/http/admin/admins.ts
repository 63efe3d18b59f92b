import { html } from 'hono/html'
import { findAdmin, readAdmins, type Admin } from '../../domain/admin/admin-store.ts'
import {
  appoint,
  changeRole,
  ConsoleError,
  findNamed,
  parseRole,
  removeAdmin,
  resetSecond,
} from '../../domain/admin/admins.ts'
import { MAX_ADMINS } from '../../domain/admin/limits.ts'
import { ROLES } from '../../domain/admin/rights.ts'
import { setUpCode } from '../../domain/admin/set-up-code.ts'
import type { UserId } from '../../lib/ids.ts'
import type { Markup } from '../shell.ts'
import { words, type ConsoleCall, type ConsoleDeed, type ConsolePage } from './call.ts'
import { badge, choice, form, moment, people, table, textField, type Content } from './parts.ts'

const TO = '/admin/admins'
const NAME_LENGTH = 64
const ROLE_CHOICES: readonly (readonly [string, string])[] = [
  ['viewer', 'Viewer: sees, and changes nothing'],
  ['moderator', 'Moderator: decides cases, appeals and sanctions'],
  ['owner', 'Owner: may do everything'],
]

export const ADMIN_PAGES: readonly ConsolePage[] = [
  { path: TO, needs: 'see administrators', title: 'Administrators', show: listAdmins },
]

export const ADMIN_DEEDS: readonly ConsoleDeed[] = [
  {
    path: `${TO}/appoint`,
    needs: 'appoint an administrator',
    async prepare(call) {
      const typed = words(call, 'account', { label: 'The account', max: NAME_LENGTH })
      const role = parseRole(call.field('role'))
      const account = await findNamed(call.ctx, typed)
      if (!account) throw new ConsoleError('There is no such account. It has to sign up first.')
      return {
        subject: `user ${account.id}`,
        details: { role },
        run: () => appoint(call.ctx, call.user.userId, { account, role }),
        to: TO,
      }
    },
  },
  {
    path: `${TO}/:id{[0-9]+}/role`,
    needs: 'change a role',
    async prepare(call) {
      const { userId, role: before } = await findAppointed(call)
      const role = parseRole(call.field('role'))
      return {
        subject: `user ${userId}`,
        details: { from: before, to: role },
        run: () => changeRole(call.ctx, userId, role),
        to: TO,
      }
    },
  },
  {
    path: `${TO}/:id{[0-9]+}/remove`,
    needs: 'remove an administrator',
    async prepare(call) {
      const { userId, role } = await findAppointed(call)
      return {
        subject: `user ${userId}`,
        details: { role },
        run: () => removeAdmin(call.ctx, userId),
        to: TO,
      }
    },
  },
  {
    path: `${TO}/:id{[0-9]+}/reset-second`,
    needs: 'reset a second factor',
    async prepare(call) {
      const { userId } = await findAppointed(call)
      return { subject: `user ${userId}`, details: {}, run: () => resetSecond(call.ctx, userId), to: TO }
    },
  },
]

async function findAppointed(call: ConsoleCall): Promise<Admin> {
  const admin = await findAdmin(call.ctx.db, call.id as UserId)
  if (!admin) throw new ConsoleError('This account is no administrator.')
  return admin
}

async function listAdmins(call: ConsoleCall): Promise<Markup> {
  const admins = await readAdmins(call.ctx.db, MAX_ADMINS)
  const nameOf = await people(
    call.ctx,
    admins.flatMap((admin) => [admin.userId, admin.appointedBy]),
  )
  const fields = html`<div class="row">
    ${textField('account', 'Phone number or @username', { max: NAME_LENGTH })}
    ${choice('role', 'Role', ROLE_CHOICES)}
  </div>`
  return html`<h1>Administrators</h1>
    ${table(
      'Who may use the console',
      ['Who', 'Role', 'Second factor', 'Appointed', 'By', ''],
      admins.map((admin): Content[] => [
        nameOf(admin.userId),
        admin.role,
        secondOf(call, admin),
        moment(admin.appointedAt),
        admin.appointedBy === null ? 'the token' : nameOf(admin.appointedBy),
        adminForms(call, admin),
      ]),
      'Nobody yet: appoint the first owner.',
    )}
    <h2>Appoint</h2>
    ${form(call, { needs: 'appoint an administrator', path: `${TO}/appoint`, button: 'Appoint' }, fields)}`
}

/** Who has none is told by what to set it up; by another way than the chats, which a thief of the number gets, too. */
function secondOf({ ctx }: ConsoleCall, admin: Admin): Content {
  if (admin.hasSecond) return badge('set up', 'good')
  return html`${badge('with the next sign-in')}
    <div class="quiet">set-up code to hand over, not by chat:</div>
    <code>${setUpCode(ctx, admin)}</code>`
}

function adminForms(call: ConsoleCall, admin: Admin): Markup {
  const path = `${TO}/${admin.userId}`
  const roles = ROLES.map((role): [string, string] => [role, role])
  const role = choice('role', 'Role', roles, { id: `role-${admin.userId}`, chosen: admin.role })
  return html`<details>
    <summary>Change</summary>
    ${form(call, { needs: 'change a role', path: `${path}/role`, button: 'Change the role' }, role)}
    ${form(call, {
      needs: 'reset a second factor',
      path: `${path}/reset-second`,
      button: 'Reset the second factor',
    })}
    ${form(call, { needs: 'remove an administrator', path: `${path}/remove`, button: 'Remove', isDanger: true })}
  </details>`
}
