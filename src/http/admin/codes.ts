import { html } from 'hono/html'
import { readNames } from '../../domain/accounts/search-store.ts'
import { readAdmins } from '../../domain/admin/admin-store.ts'
import { MAX_ADMINS } from '../../domain/admin/limits.ts'
import { readAllCodes } from '../../domain/auth/code-store.ts'
import type { Markup } from '../shell.ts'
import type { ConsoleCall, ConsolePage } from './call.ts'
import { moment, table } from './parts.ts'

const LISTED = 100

export const CODE_PAGES: readonly ConsolePage[] = [
  {
    path: '/admin/codes',
    needs: 'see codes',
    title: 'Codes',
    // Who sees a code can sign in with it.
    audits: 'saw the codes',
    show: showCodes,
  },
]

async function showCodes(call: ConsoleCall): Promise<Markup> {
  const { ctx, user } = call
  if (!ctx.senders.usesConsole)
    return html`<h1>Codes</h1>
      <p>This server has a sender: codes reach people by it, and are not shown here.</p>`
  const hidden = user.standing === 'owner' ? new Set<string>() : await phonesOfAdmins(call)
  const codes = await readAllCodes(ctx.db, ctx.clock.nowSec(), LISTED)
  const rows = codes
    .filter((each) => !hidden.has(each.phone))
    .map((each) => [
      `+${each.phone}`,
      html`<code>${each.code}</code>`,
      each.channel,
      each.purpose,
      moment(each.sentAt),
      moment(each.expiresAt),
    ])
  return html`<h1>Codes</h1>
    <p>
      Nobody but this server's output brings codes to people, so that whoever runs it has to. Whoever has one
      can sign in as its owner: that you looked here stands in the audit log.
    </p>
    ${table('Codes not used yet', ['Number', 'Code', 'Channel', 'For', 'Sent', 'Until'], rows, 'None.')}`
}

/** A moderator must not become an owner by signing in as one. */
async function phonesOfAdmins({ ctx }: ConsoleCall): Promise<Set<string>> {
  const admins = await readAdmins(ctx.db, MAX_ADMINS)
  const names = await readNames(
    ctx.db,
    admins.map((admin) => admin.userId),
  )
  return new Set([...names.values()].flatMap(({ phone }) => (phone === null ? [] : [phone])))
}
