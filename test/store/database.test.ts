import { setTimeout as delay } from 'node:timers/promises'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase, type Database, type Tx } from '../../src/store/database.ts'
import { connectTo, createEmptyDatabase, type TestDatabase } from '../harness/postgres.ts'

let database: TestDatabase
let db: Database & AsyncDisposable

beforeAll(async () => {
  database = await createEmptyDatabase()
  db = await connectTo(database.url)
})
afterAll(async () => {
  await db.close()
  await database.drop()
})
beforeEach(async () => {
  await db.sql`drop table if exists note`
  await db.sql`create table note (id int primary key, text text not null default '')`
})

const notes = async (): Promise<number[]> =>
  (await db.sql<{ id: number }[]>`select id from note order by id`).map((row) => row.id)

describe('values', () => {
  test('come back as they went in', async () => {
    const bytes = new Uint8Array([0, 1, 254, 255])
    const [row] = await db.sql`
      select ${7}::int as int, ${9n}::bigint as bigint, ${bytes}::bytea as bytea, ${'a"\\{},é'}::text as text,
        ${true}::boolean as boolean, ${null}::int as nothing`
    expect(row).toEqual({
      int: 7,
      bigint: 9n,
      bytea: Buffer.from(bytes),
      text: 'a"\\{},é',
      boolean: true,
      nothing: null,
    })
  })

  test('and so do arrays of them', async () => {
    const texts = ['', 'NULL', 'a,b', '"', '\\', '{}', 'line\nline', 'é']
    const bytes = [Buffer.from([0, 1]), Buffer.alloc(0)]
    const [row] = await db.sql`
      select ${[1, -2]}::int[] as ints, ${[1n, -(2n ** 63n)]}::bigint[] as bigints, ${bytes}::bytea[] as bytes,
        ${texts}::text[] as texts, ${[true, false]}::boolean[] as booleans, ${[]}::int[] as empty,
        array[1, null]::int[] as holes`
    expect(row).toEqual({
      ints: [1, -2],
      bigints: [1n, -(2n ** 63n)],
      bytes,
      texts,
      booleans: [true, false],
      empty: [],
      holes: [1, null],
    })
  })

  test('arrays of bytes may have holes', async () => {
    const [row] =
      await db.sql`select ${db.sql.array([null, Buffer.from([9])] as Uint8Array[], 1001)}::bytea[] as bytes`
    expect(row?.['bytes']).toEqual([null, Buffer.from([9])])
  })
})

describe('a transaction', () => {
  test('writes all of it, and only then runs what follows', async () => {
    const seen: string[] = []
    const result = await db.transaction(async (tx) => {
      tx.onCommit(() => seen.push('committed'))
      await tx.sql`insert into note values (1), (2)`
      expect(await notesInside(tx)).toBe(2)
      expect(seen).toEqual([])
      return 'done'
    })
    expect(result).toBe('done')
    expect(seen).toEqual(['committed'])
    expect(await notes()).toEqual([1, 2])
  })

  test('writes nothing when it throws, and nothing follows', async () => {
    const seen: string[] = []
    const failing = db.transaction(async (tx) => {
      tx.onCommit(() => seen.push('committed'))
      await tx.sql`insert into note values (1)`
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(seen).toEqual([])
    expect(await notes()).toEqual([])
  })

  test('writes nothing when a statement failed, even if that was caught', async () => {
    const failing = db.transaction(async (tx) => {
      await tx.sql`insert into note values (1)`
      await tx.sql`insert into note values (1)`.catch(() => {})
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await notes()).toEqual([])
  })

  test('is not failed by what follows it', async () => {
    const seen: string[] = []
    await db.transaction(async (tx) => {
      tx.onCommit(() => {
        throw new Error('after the fact')
      })
      tx.onCommit(() => seen.push('next'))
      await tx.sql`insert into note values (1)`
    })
    expect(seen).toEqual(['next'])
  })

  test('says when others can see it, and when it is over', async () => {
    const seen: string[] = []
    const watch = (tx: Tx): void => {
      tx.onCommit(() => seen.push('committed'))
      tx.onVisible(() => {
        seen.push('visible')
        return () => seen.push('over')
      })
    }
    await db.transaction(async (tx) => {
      watch(tx)
      await tx.sql`insert into note values (1)`
      seen.push('written')
    })
    expect(seen.splice(0)).toEqual(['written', 'visible', 'committed', 'over'])
    await db.single((tx) => {
      watch(tx)
      seen.push('about to be written')
      return tx.sql`insert into note values (2)`
    })
    expect(seen.splice(0)).toEqual(['visible', 'about to be written', 'committed', 'over'])
    const failing = db.single((tx) => {
      watch(tx)
      return tx.sql`insert into note values (2)`
    })
    await expect(failing).rejects.toMatchObject({ code: '23505' })
    expect(seen).toEqual(['visible', 'over'])
  })

  test('refuses SQL that does not go through it', async () => {
    await expect(db.transaction(() => db.sql`select 1`)).rejects.toThrow('through its tx')
    await expect(db.transaction(() => db.transaction((tx) => tx.sql`select 1`))).rejects.toThrow('its tx')
    await expect(db.transaction(() => db.single((tx) => tx.sql`select 1`))).rejects.toThrow('its tx')
  })

  test('may be left running by nothing: what it started and did not wait for may use the database', async () => {
    let later: Promise<unknown> = Promise.resolve()
    const over = Promise.withResolvers<void>()
    await db.transaction(async (tx) => {
      await tx.sql`select 1`
      later = over.promise.then(() => db.sql`select 1`)
    })
    over.resolve()
    await expect(later).resolves.toHaveLength(1)
  })

  test('is tried again after a deadlock, and what follows runs once', async () => {
    await db.sql`insert into note values (1), (2)`
    let commits = 0
    const both = barrier(2)
    const swap = (first: number, second: number): Promise<void> =>
      db.transaction(async (tx) => {
        tx.onCommit(() => commits++)
        await tx.sql`update note set text = text || ${first} where id = ${first}`
        await both()
        await tx.sql`update note set text = text || ${second} where id = ${second}`
      })
    await Promise.all([swap(1, 2), swap(2, 1)])
    expect(commits).toBe(2)
    expect(await db.sql`select text from note order by id`).toEqual([{ text: '11' }, { text: '22' }])
  })

  test('is given up after some tries', async () => {
    let tries = 0
    const failing = db.transaction(async (tx) => {
      tries++
      await tx.sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`
    })
    await expect(failing).rejects.toMatchObject({ code: '40001' })
    expect(tries).toBe(6)
  })
})

describe('a single statement', () => {
  test('is committed, and then what follows runs', async () => {
    const seen: string[] = []
    const rows = await db.single((tx) => {
      tx.onCommit(() => seen.push('committed'))
      return tx.sql`insert into note values (${1}) returning id`
    })
    expect(rows).toEqual([{ id: 1 }])
    expect(seen).toEqual(['committed'])
  })

  test('may have parts', async () => {
    const rows = await db.single((tx) => {
      const where = tx.sql`where ${tx.sql`id = ${1}`} and true`
      return tx.sql`select 1 as one from (values (1)) as v (id) ${where}`
    })
    expect(rows).toEqual([{ one: 1 }])
  })

  test('is not two', async () => {
    const work = async (tx: Tx): Promise<void> => {
      await tx.sql`select 1`
      await tx.sql`select 2`
    }
    await expect(db.single(work)).rejects.toThrow('one statement, not 2')
  })
})

/** Ends every other connection to the database of the test. */
const BREAK = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`

describe('connections that break', () => {
  test('are made again', async () => {
    await using other = await connectTo(database.url)
    const broken = db.transaction(async (tx) => {
      await tx.sql`insert into note values (1)`
      await other.sql.unsafe(BREAK)
      await tx.sql`insert into note values (2)`
    })
    await expect(broken).rejects.toThrow()
    // What was sent before the end was noticed fails too.
    await expect.poll(() => notes().catch(() => 'broken')).toEqual([])
    await db.transaction((tx) => tx.sql`insert into note values (3)`)
    expect(await notes()).toEqual([3])
  })

  test('break no transaction in two', async () => {
    await using other = await connectTo(database.url)
    const committed: number[] = []
    let next = 0
    const over = new AbortController()
    const write = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const id = (next += 2)
        const pair = db.transaction(async (tx) => {
          tx.onCommit(() => committed.push(id, id + 1))
          await Promise.all([id, id + 1].map((each) => tx.sql`insert into note values (${each})`))
        })
        // Without a pause those that fail at once would leave no time for the others.
        await pair.catch(() => delay(2))
      }
    }
    const read = async (): Promise<void> => {
      while (!over.signal.aborted) await notes().catch(() => delay(2))
    }
    const all = [write, write, write, write, read, read].map((run) => run())
    for (let round = 0; round < 10; round++) {
      const before = committed.length
      await delay(30)
      await expect.poll(() => committed.length, { interval: 1 }).toBeGreaterThan(before)
      await other.sql.unsafe(`${BREAK} and random() < 0.6`)
    }
    over.abort()
    await Promise.all(all)
    await expect.poll(() => notes().catch(() => undefined)).toBeDefined()
    const stored = new Set(await notes())
    expect(committed.filter((id) => !stored.has(id))).toEqual([])
    expect([...stored].filter((id) => !stored.has(id ^ 1))).toEqual([])
  })
})

describe('a database that cannot be used', () => {
  test.each([
    ['postgres://nobody@127.0.0.1:1/x', /127\.0\.0\.1:1\/x cannot be used: .*ECONNREFUSED/],
    ['postgres://a:secret@127.0.0.1:1/x', /postgres:\/\/a@127\.0\.0\.1:1\/x cannot/],
    ['postgres://no host', /is no database URL/],
    ['postgres://u@/x?host=/nowhere', /ENOENT/],
  ])('%s is one clear line', async (url, message) => {
    const failing = connectTo(url)
    await expect(failing).rejects.toMatchObject({
      name: 'DatabaseError',
      message: expect.stringMatching(message),
    })
    await expect(failing).rejects.not.toThrow('secret')
  })

  test('so is one that is not there', async () => {
    await expect(connectTo(database.url.replace(/\/test_\w+/, '/absent'))).rejects.toThrow(
      /database "absent" does not exist/,
    )
  })
})

async function notesInside(tx: Tx): Promise<number> {
  return (await tx.sql`select id from note`).length
}

/** Lets everybody through once so many have come; those who come again pass. */
function barrier(size: number): () => Promise<void> {
  let come = 0
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return () => {
    if (++come >= size) open()
    return opened
  }
}

describe('rows that are remembered', () => {
  const told: (readonly number[] | undefined)[] = []
  let watched: Database

  beforeAll(async () => {
    watched = await openDatabase({
      url: database.url,
      log: pino({ level: 'silent' }),
      remembered: { tables: ['note'], onOutdated: (owners) => told.push(owners) },
    })
  })
  afterAll(() => watched.close())
  beforeEach(() => told.splice(0))

  test('are told of after the commit, before what follows it', async () => {
    await watched.transaction(async (tx) => {
      tx.onCommit(() => expect(told).toEqual([[1, 2]]))
      tx.outdate([1])
      await tx.sql`insert into note values (1)`
      tx.outdate([2])
      await tx.sql`with gone as (delete from note where id = 1) select 1`
      expect(told).toEqual([])
    })
    expect(told).toEqual([[1, 2]])
    await watched.single((tx) => {
      tx.outdate([3])
      return tx.sql`update note set id = 3 where id = 2`
    })
    expect(told).toEqual([[1, 2], [3]])
  })

  test('are told of as all, when it was not said of each statement whose they are', async () => {
    await watched.single((tx) => tx.sql`insert into note values (1)`)
    await watched.transaction(async (tx) => {
      tx.outdate([1])
      await tx.sql`delete from note where ${tx.sql`id = 1`}`
      await tx.sql`insert into note values (1)`
    })
    expect(told).toEqual([undefined, undefined])
  })

  test('are not told of by a rollback, nor by what reads', async () => {
    const failing = watched.transaction(async (tx) => {
      await tx.sql`insert into note values (1)`
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await watched.transaction(async (tx) => {
      await tx.sql`select id from note for update`
      await tx.sql`create table notebook (id int)`
      await tx.sql`insert into notebook values (1)`
    })
    expect(told).toEqual([])
  })
})
