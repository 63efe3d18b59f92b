import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAudit } from '../../../src/domain/admin/audit.ts'
import { HandClock } from '../../harness/clock.ts'
import { startWorld, type World } from '../../harness/people.ts'
import { Staff } from './client.ts'

const clock = new HandClock()
let world: World
let staff: Staff

beforeAll(async () => {
  world = await startWorld({ clock, config: { trustedProxies: ['127.0.0.1'] } })
  staff = new Staff(world, (ms) => clock.advance(ms))
})
afterAll(() => world[Symbol.asyncDispose]())

const ALL = { beforeId: 2 ** 31 - 1, limit: 1000 }

test('says who did what on whom, from where, also what failed and what was refused', async () => {
  const { context } = world.server
  const { person, client } = await staff.hire('moderator')
  const victim = await world.person('Victim')
  const path = `/admin/users/${victim.id}/sanction`
  const fields = { kind: 'limited', for: '3600', cause: 'Spam', hash: await client.formHash() }
  const from = { 'x-forwarded-for': '203.0.113.8' }
  expect((await client.post(path, fields, from)).status).toBe(303)
  await client.get('/admin/codes')
  await client.submit('/admin/terms/set', { text: 'Mine' })
  const [refused, saw, imposed] = await listAudit(context, ALL)
  const actor = { who: person.id, role: 'moderator', at: clock.nowSec() }
  expect(refused).toMatchObject({ ...actor, action: 'set terms: refused', subject: 'console' })
  expect(saw).toMatchObject({ ...actor, action: 'saw the codes' })
  expect(imposed).toMatchObject({
    ...actor,
    address: '203.0.113.8',
    action: 'sanction a user',
    subject: `user ${victim.id}`,
    details: '{"kind":"limited","forSec":3600,"cause":"Spam"}',
  })
  // Lifted once, the sanction cannot be lifted again: that it was tried is written down.
  const [row] = await context.db.sql<
    { id: number }[]
  >`select id from sanction where subject_id = ${victim.id}`
  await client.act(`/admin/sanctions/${row!.id}/lift`)
  expect((await client.submit(`/admin/sanctions/${row!.id}/lift`)).status).toBe(400)
  const [failed, tried] = await listAudit(context, ALL)
  expect([failed!.action, failed!.details]).toEqual([
    'lift a sanction: failed',
    '{"reason":"It was lifted already."}',
  ])
  expect(tried!.action).toBe('lift a sanction')
})

test('cannot be edited, and a change of it shows', async () => {
  const { db } = world.server.context
  const { client } = await staff.hire('owner')
  const change = (statement: string): Promise<unknown> => db.single((tx) => tx.sql.unsafe(statement))
  for (const statement of [
    'update audit_log set who = 1 where id = (select max(id) from audit_log)',
    'delete from audit_log where id = 1',
    'delete from audit_log',
    'truncate audit_log',
  ])
    await expect(change(statement)).rejects.toThrow('the audit log is only added to')
  const before = await listAudit(world.server.context, ALL)
  expect(before.map((row) => row.isWhole)).not.toContain(false)
  expect(before.map((row) => row.id)).toEqual(before.map((_, index) => before.length - index))

  // Whoever owns the database can do all, but not without being seen.
  await db.transaction(async (tx) => {
    await tx.sql.unsafe('alter table audit_log disable trigger audit_log_rows')
    await tx.sql.unsafe("update audit_log set details = '{}' where id = 2")
    await tx.sql.unsafe('delete from audit_log where id = 4')
    await tx.sql.unsafe('alter table audit_log enable trigger audit_log_rows')
  })
  const { text } = await client.get('/admin/audit')
  expect(text).toContain('Somebody has changed these lines in the database')
  const after = await listAudit(world.server.context, ALL)
  expect(after.filter((row) => !row.isWhole).map((row) => row.id)).toEqual([5, 2])
})

test('grows by one line for each of many at once', async () => {
  const { context } = world.server
  const { client } = await staff.hire('owner')
  const [before] = await listAudit(context, ALL)
  await Promise.all(Array.from({ length: 12 }, () => client.get('/admin/codes')))
  const rows = await listAudit(context, { ...ALL, limit: 13 })
  expect(rows[0]!.id).toBe(before!.id + 12)
  expect(rows.map((row) => row.isWhole)).not.toContain(false)
})
