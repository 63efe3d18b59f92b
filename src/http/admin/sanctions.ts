import { html } from 'hono/html'
import { lift } from '../../domain/abuse/sanctions.ts'
import { readAllInForce, readSanctionsById, type Sanction } from '../../domain/abuse/store.ts'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { readTitles } from '../../domain/apps/store.ts'
import type { Markup } from '../shell.ts'
import { actorId, beforeId, type ConsoleCall, type ConsoleDeed, type ConsolePage } from './call.ts'
import { older, people, type Content } from './parts.ts'
import { sanctionTable } from './sanctioning.ts'

const LISTED = 50

export const SANCTION_PAGES: readonly ConsolePage[] = [
  { path: '/admin/sanctions', needs: 'see sanctions', title: 'Sanctions', show: listInForce },
]

export const SANCTION_DEEDS: readonly ConsoleDeed[] = [
  {
    path: '/admin/sanctions/:id{[0-9]+}/lift',
    needs: 'lift a sanction',
    async prepare(call) {
      const sanction = (await readSanctionsById(call.ctx.db, [call.id])).get(call.id)
      if (!sanction) throw new ConsoleError('There is no such sanction.')
      const { id, subjectKind, subjectId, kind } = sanction
      const by = actorId(call)
      return {
        subject: `${subjectKind} ${subjectId}`,
        details: { sanction: id, kind },
        async run() {
          if (!(await lift(call.ctx, id, by))) throw new ConsoleError('It was lifted already.')
        },
        to: subjectKind === 'user' ? `/admin/users/${subjectId}` : `/admin/apps/${subjectId}`,
      }
    },
  },
]

async function listInForce(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const page = { nowSec: ctx.clock.nowSec(), beforeId: beforeId(call), limit: LISTED }
  const sanctions = await readAllInForce(ctx.db, page)
  const apps = sanctions.filter((each) => each.subjectKind === 'app').map((each) => each.subjectId)
  const users = sanctions.filter((each) => each.subjectKind === 'user').map((each) => each.subjectId)
  const [titles, nameOf] = await Promise.all([
    readTitles(ctx.db, apps),
    people(ctx, [...users, ...sanctions.map((each) => each.madeBy)]),
  ])
  const whom = ({ subjectKind, subjectId }: Sanction): Content =>
    subjectKind === 'user'
      ? nameOf(subjectId)
      : html`<a href="/admin/apps/${subjectId}">${titles.get(subjectId) ?? subjectId}</a> (app)`
  return html`<h1>Sanctions in force</h1>
    ${sanctionTable(call, 'In force, the latest first', sanctions, whom, nameOf)}
    ${older('/admin/sanctions', sanctions.at(-1)?.id, sanctions.length === LISTED)}`
}
