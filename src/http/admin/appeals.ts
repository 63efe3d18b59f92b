import { html } from 'hono/html'
import {
  readAnsweredAppeals,
  readAppeal,
  readOpenAppeals,
  type Appeal,
} from '../../domain/abuse/appeal-store.ts'
import { answer } from '../../domain/abuse/appeals.ts'
import { APPEAL_LENGTH } from '../../domain/abuse/rules.ts'
import { lift } from '../../domain/abuse/sanctions.ts'
import { readSanctionsById, type Sanction } from '../../domain/abuse/store.ts'
import { ConsoleError } from '../../domain/admin/admins.ts'
import type { Markup } from '../shell.ts'
import { actorId, words, type ConsoleCall, type ConsoleDeed, type ConsolePage } from './call.ts'
import { badge, form, moment, people, prose, table, textArea, tick, type Content } from './parts.ts'
import { sanctionTable } from './sanctioning.ts'

const LISTED = 20

export const APPEAL_PAGES: readonly ConsolePage[] = [
  { path: '/admin/appeals', needs: 'see appeals', title: 'Appeals', show: listAppeals },
]

export const APPEAL_DEEDS: readonly ConsoleDeed[] = [
  {
    path: '/admin/appeals/:id{[0-9]+}/answer',
    needs: 'answer an appeal',
    async prepare(call) {
      const { ctx } = call
      const about = await readAppeal(ctx.db, call.id)
      if (!about) throw new ConsoleError('There is no such appeal.')
      if (about.answeredAt !== null) throw new ConsoleError('This appeal was answered already.')
      const text = words(call, 'answer', { label: 'The answer', max: APPEAL_LENGTH })
      const isLifted = call.field('lift') === '1'
      const by = actorId(call)
      return {
        subject: `user ${about.userId}`,
        details: { appeal: about.id, sanction: about.sanctionId, text, isLifted },
        async run() {
          if (!(await answer(ctx, { id: about.id, text, by })))
            throw new ConsoleError('This appeal was answered already.')
          if (isLifted) await lift(ctx, about.sanctionId, by)
        },
        to: '/admin/appeals',
      }
    },
  },
]

async function listAppeals(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const [open, answered] = await Promise.all([
    readOpenAppeals(ctx.db, LISTED),
    readAnsweredAppeals(ctx.db, LISTED),
  ])
  const ids = [...open, ...answered].map((each) => each.sanctionId)
  const sanctions = await readSanctionsById(ctx.db, ids)
  const nameOf = await people(ctx, [
    ...[...open, ...answered].flatMap((each) => [each.userId, each.answeredBy]),
    ...[...sanctions.values()].map((each) => each.madeBy),
  ])
  return html`<h1>Appeals</h1>
    ${open.length === 0 ? html`<p class="quiet">Nobody waits for an answer.</p>` : ''}
    ${open.map((each) => appealCard(call, each, sanctions.get(each.sanctionId), nameOf))}
    ${open.length === LISTED ? html`<p class="quiet">More come when these are answered.</p>` : ''}
    <h2>Answered</h2>
    ${table(
      'The appeals that were answered last',
      ['Who', 'Appeal', 'Answer', 'By', 'When', 'Sanction'],
      answered.map((each) => [
        nameOf(each.userId),
        prose(each.text),
        prose(each.answer ?? ''),
        nameOf(each.answeredBy),
        moment(each.answeredAt),
        sanctions.get(each.sanctionId)?.liftedAt ? badge('lifted', 'good') : badge('kept'),
      ]),
      'None yet.',
    )}`
}

function appealCard(
  call: ConsoleCall,
  about: Appeal,
  sanction: Sanction | undefined,
  nameOf: (id: number | null) => Content,
): Markup {
  const fields = html`${textArea('answer', 'Answer', { id: `answer-${about.id}`, max: APPEAL_LENGTH })}
  ${tick('lift', 'Lift the sanction')}`
  const path = `/admin/appeals/${about.id}/answer`
  return html`<div class="card">
    <p>${nameOf(about.userId)} <span class="quiet">${moment(about.madeAt)}</span></p>
    ${prose(about.text)}
    ${sanction ? sanctionTable(call, 'Against', [sanction], () => nameOf(about.userId), nameOf) : ''}
    ${form(call, { needs: 'answer an appeal', path, button: 'Answer' }, fields)}
  </div>`
}
