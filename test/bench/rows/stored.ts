import pino from 'pino'
import { openDatabase, type Database } from '../../../src/store/database.ts'
import { median, withCosts, type Bench } from '../bench.ts'
import type { BenchRow } from '../row.ts'

/** What is stored when the cost of a message is first measured. */
const FEW = 10_000
/** Rows of one statement of those that fill the table. */
const AT_ONCE = 250_000
/** Half of the rows belong to people who are not there; each of them has so many messages. */
const OTHERS_EACH = 500
const FIRST_OTHER = 1_500_000_000
/** Two messages differ in time by so much. */
const APART_SEC = 7

/** Who writes to whom, as boxes and peers in the same order. */
interface Chats {
  readonly boxes: readonly number[]
  readonly peers: readonly number[]
}

/** What one message costs in processor time when many are stored, beside what it costs when there are few. */
export async function storedRows(bench: Bench, rows: number): Promise<BenchRow[]> {
  const db = await openDatabase({ url: bench.databaseUrl, log: pino({ level: 'silent' }), connections: 1 })
  try {
    // Vacuuming takes longer than any statement of a server may.
    await db.sql.unsafe('set statement_timeout = 0')
    const { load, scale } = bench
    await load.run('messages', { target: 'server', window: scale.window, warmMs: 0, measureMs: scale.warmMs })
    const chats = await readChats(db)
    await fill(bench, db, chats, 0, FEW)
    const few = await measure(bench)
    await fill(bench, db, chats, FEW, rows)
    const many = await measure(bench)
    const row = (name: string, unit: string, value: number, yardstick: number, goal?: string): BenchRow => {
      return { name, value, unit, yardstick, ratio: value / yardstick, ...(goal && { goal }) }
    }
    const stored = rows.toLocaleString('en')
    return [
      row(`private messages with ${stored} stored`, '/s', many.perSecond, few.perSecond),
      row('for one, server and PostgreSQL', 'µs', many.us, few.us, 'ratio ≤ 1.2'),
      row('for one, PostgreSQL', 'µs', many.databaseUs, few.databaseUs),
    ]
  } finally {
    await db.close()
  }
}

async function measure(bench: Bench): Promise<{ perSecond: number; us: number; databaseUs: number }> {
  const { load, scale, say } = bench
  const { window, warmMs, measureMs } = scale
  const taken = []
  for (let round = 1; round <= scale.rounds; round++) {
    say(`messages, ${round} of ${scale.rounds}`)
    const send = (): ReturnType<typeof load.run<'messages'>> =>
      load.run('messages', { target: 'server', window, warmMs, measureMs })
    taken.push(await withCosts(bench, 'server', send))
  }
  return {
    perSecond: median(taken.map((each) => each.perSecond)),
    us: median(taken.map((each) => each.serverUs + each.databaseUs)),
    databaseUs: median(taken.map((each) => each.databaseUs)),
  }
}

/** The chats of those who write to each other here. */
async function readChats(db: Database): Promise<Chats> {
  const rows = await db.sql<{ boxId: number; peerId: number }[]>`
    select box_id as "boxId", peer_id as "peerId" from dialog
    where peer_id in (select id from account where phone like '99966%') order by 1, 2`
  return { boxes: rows.map((row) => row.boxId), peers: rows.map((row) => row.peerId) }
}

/** Messages from number `from` to number `to`: each second one in the chats that are used, as time would mix them. */
async function fill(bench: Bench, db: Database, chats: Chats, from: number, to: number): Promise<void> {
  const before = await db.sql<{ id: number; last: number }[]>`
    select id, last_message_id as last from box where id = any(${[...chats.boxes]}::int[])`
  const last = new Map(before.map((row) => [row.id, row.last]))
  const lasts = chats.boxes.map((box) => last.get(box) ?? 0)
  for (let at = from; at < to; at += AT_ONCE) {
    if (at % (AT_ONCE * 4) === 0) bench.say(`${at.toLocaleString('en')} messages are stored`)
    await insert(db, chats, lasts, { from, at, until: Math.min(at + AT_ONCE, to) })
  }
  await db.sql`
    update box set last_message_id = m.last from (
      select box_id, max(id) as last from message where box_id = any(${[...chats.boxes]}::int[]) group by 1) m
    where box.id = m.box_id`
  bench.say('vacuuming')
  for (const statement of ['vacuum analyze', 'checkpoint']) await db.sql.unsafe(statement)
}

async function insert(
  db: Database,
  { boxes, peers }: Chats,
  lasts: readonly number[],
  { from, at, until }: { readonly from: number; readonly at: number; readonly until: number },
): Promise<void> {
  const count = boxes.length
  await db.sql`
    insert into message (box_id, id, peer_id, from_id, random_id, date, text)
    select box, id, peer, case when i % 4 < 2 then box else peer end,
      (random() * 9e18)::bigint, extract(epoch from now())::int - (${until}::int - i) / ${APART_SEC}::int,
      'I will be at the station at ten past seven ' || i
    from (
      select i, case when i % 2 = 0 then (${[...boxes]}::int[])[1 + k % ${count}::int]
          else ${FIRST_OTHER}::int + k / ${OTHERS_EACH}::int end as box,
        case when i % 2 = 0 then (${[...peers]}::int[])[1 + k % ${count}::int]
          else ${FIRST_OTHER}::int + 1 + k / ${OTHERS_EACH}::int end as peer,
        case when i % 2 = 0
          then (${[...lasts]}::int[])[1 + k % ${count}::int] + 1 + (k - ${from}::int / 2) / ${count}::int
          else 1 + k % ${OTHERS_EACH}::int end as id
      from (select i, i / 2 as k from generate_series(${at}::int, ${until}::int - 1) i) n) m`
}
