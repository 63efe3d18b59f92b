import pino from 'pino'
import { openDatabase, type Database } from '../../../src/store/database.ts'
import { median, startBench, withCosts, type Bench, type Costed } from '../bench.ts'
import type { Delivered } from '../load/traffic.ts'
import type { BenchRow } from '../row.ts'

/** What is stored where few are. */
const FEW = 10_000
/** Rows of one statement of those that fill the table. */
const AT_ONCE = 250_000
/** Half of the rows belong to people who are not there; each of them has so many messages. */
const OTHERS_EACH = 500
const FIRST_OTHER = 1_500_000_000
/** Two messages differ in time by so much. */
const APART_SEC = 7
const SETTLE_MS = 20_000

/** Who writes to whom, as boxes and peers in the same order. */
interface Chats {
  readonly boxes: readonly number[]
  readonly peers: readonly number[]
}

/**
 * What one message costs in processor time when many are stored, beside what it costs when there are few: on two servers
 * that are measured in turn.
 */
export async function storedRows(bench: Bench, rows: number): Promise<BenchRow[]> {
  await using other = await startBench(bench.scale, bench.say)
  await fill(bench, FEW)
  await fill(other, rows)
  const few: Cost[] = []
  const many: Cost[] = []
  for (let round = 1; round <= bench.scale.rounds; round++) {
    bench.say(`messages, ${round} of ${bench.scale.rounds}`)
    few.push(await measure(bench))
    many.push(await measure(other))
  }
  const row = (name: string, unit: string, pick: (cost: Cost) => number, goal?: string): BenchRow => {
    const value = median(many.map((each) => pick(each)))
    const yardstick = median(few.map((each) => pick(each)))
    return { name, value, unit, yardstick, ratio: value / yardstick, ...(goal && { goal }) }
  }
  return [
    row(`private messages with ${rows.toLocaleString('en')} stored`, '/s', (each) => each.perSecond),
    row('for one, server and PostgreSQL', 'µs', (each) => each.serverUs + each.databaseUs, 'ratio ≤ 1.2'),
    row('for one, PostgreSQL', 'µs', (each) => each.databaseUs),
  ]
}

type Cost = Costed<Delivered>

async function measure(bench: Bench): Promise<Cost> {
  const { load, scale } = bench
  const { window, warmMs, measureMs } = scale
  return await withCosts(bench, 'server', () =>
    load.run('messages', { target: 'server', window, warmMs, measureMs }),
  )
}

/**
 * Stores messages of the past, brings the tables' statistics up to date, and lets people write for a while: the first
 * change of a page after a checkpoint is dear, and most changes are not the first.
 */
async function fill(bench: Bench, rows: number): Promise<void> {
  const { load, scale, say } = bench
  const { window } = scale
  const db = await openDatabase({ url: bench.databaseUrl, log: pino({ level: 'silent' }), connections: 1 })
  try {
    // Vacuuming takes longer than any statement of a server may.
    await db.sql.unsafe('set statement_timeout = 0')
    await load.run('messages', { target: 'server', window, warmMs: 0, measureMs: scale.warmMs })
    await insertAll(db, await readChats(db), rows, say)
    say('vacuuming')
    for (const statement of ['vacuum analyze', 'checkpoint']) await db.sql.unsafe(statement)
  } finally {
    await db.close()
  }
  say('settling')
  await load.run('messages', { target: 'server', window, warmMs: 0, measureMs: SETTLE_MS })
}

/** The chats of those who write to each other here. */
async function readChats(db: Database): Promise<Chats> {
  const rows = await db.sql<{ boxId: number; peerId: number }[]>`
    select box_id as "boxId", peer_id as "peerId" from dialog
    where peer_id in (select id from account where phone like '99966%') order by 1, 2`
  return { boxes: rows.map((row) => row.boxId), peers: rows.map((row) => row.peerId) }
}

/** Each second message is in one of the chats that are used; they stand as time would mix them. */
async function insertAll(
  db: Database,
  chats: Chats,
  rows: number,
  say: (text: string) => void,
): Promise<void> {
  const before = await db.sql<{ id: number; last: number }[]>`
    select id, last_message_id as last from box where id = any(${[...chats.boxes]}::int[])`
  const last = new Map(before.map((row) => [row.id, row.last]))
  const lasts = chats.boxes.map((box) => last.get(box) ?? 0)
  for (let at = 0; at < rows; at += AT_ONCE) {
    if (at % (AT_ONCE * 4) === 0) say(`${at.toLocaleString('en')} of ${rows.toLocaleString('en')} are stored`)
    await insert(db, chats, lasts, { at, until: Math.min(at + AT_ONCE, rows) })
  }
  await db.sql`
    update box set last_message_id = m.last from (
      select box_id, max(id) as last from message where box_id = any(${[...chats.boxes]}::int[]) group by 1) m
    where box.id = m.box_id`
}

async function insert(
  db: Database,
  { boxes, peers }: Chats,
  lasts: readonly number[],
  { at, until }: { readonly at: number; readonly until: number },
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
          then (${[...lasts]}::int[])[1 + k % ${count}::int] + 1 + k / ${count}::int
          else 1 + k % ${OTHERS_EACH}::int end as id
      from (select i, i / 2 as k from generate_series(${at}::int, ${until}::int - 1) i) n) m`
}
