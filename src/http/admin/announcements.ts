import { html } from 'hono/html'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { readAnnouncements, type Audience } from '../../domain/admin/announcement-store.ts'
import { announce, parseAnnouncement } from '../../domain/admin/announcer.ts'
import { MESSAGE_LENGTH } from '../../domain/messages/limits.ts'
import type { Markup } from '../shell.ts'
import { actorId, type ConsoleCall, type ConsoleDeed, type ConsolePage } from './call.ts'
import { badge, choice, form, moment, people, prose, table, textArea } from './parts.ts'

const LISTED = 50

const AUDIENCES: readonly (readonly [value: Audience, text: string])[] = [
  ['developers', 'The owners of apps'],
  ['users', 'Everybody with an account'],
]

export const ANNOUNCEMENT_PAGES: readonly ConsolePage[] = [
  {
    path: '/admin/announcements',
    needs: 'see announcements',
    title: 'Announcements',
    show: showAnnouncements,
  },
]

export const ANNOUNCEMENT_DEEDS: readonly ConsoleDeed[] = [
  {
    path: '/admin/announcements/send',
    needs: 'announce',
    prepare(call) {
      const audience = AUDIENCES.find(([value]) => value === call.field('audience'))?.[0]
      if (!audience) throw new ConsoleError('Please choose to whom.')
      const text = parseAnnouncement(call.field('text'))
      const by = actorId(call)
      return {
        subject: audience,
        details: { text },
        async run() {
          await announce(call.ctx, { audience, text, by })
          // It goes on beside this call; what is not sent before a stop is sent after it.
          void call.parts.announcer.pass()
        },
        to: '/admin/announcements',
      }
    },
  },
]

async function showAnnouncements(call: ConsoleCall): Promise<Markup> {
  const sent = await readAnnouncements(call.ctx.db, LISTED)
  const nameOf = await people(
    call.ctx,
    sent.map((each) => each.madeBy),
  )
  const fields = html`${choice('audience', 'To whom', AUDIENCES)}
  ${textArea('text', 'Text', { max: MESSAGE_LENGTH, rows: 6 })}`
  const path = '/admin/announcements/send'
  return html`<h1>Announcements</h1>
    <p>They come as messages in the chat with the service account.</p>
    ${form(call, { needs: 'announce', path, button: 'Send' }, fields)}
    <h2>Sent</h2>
    ${table(
      'Announcements, the latest first',
      ['When', 'To', 'Text', 'By', 'State'],
      sent.map((each) => [
        moment(each.madeAt),
        each.audience,
        prose(each.text),
        nameOf(each.madeBy),
        each.finishedAt === null
          ? html`${badge('under way')} ${each.told} so far`
          : html`${badge('sent', 'good')} to ${each.told}`,
      ]),
      'None was sent yet.',
    )}`
}
