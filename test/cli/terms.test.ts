import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommandHere } from '../harness/command.ts'
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts'
import { type CommandResult } from '../harness/server.ts'

let database: TestDatabase
let dir: string

beforeAll(async () => {
  database = await createTestDatabase()
  dir = await mkdtemp(join(tmpdir(), 'chappe-terms-'))
})
afterAll(async () => {
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

function terms(...args: readonly string[]): Promise<CommandResult> {
  return runCommandHere(['terms', ...args, '--data', dir, '--database', database.url])
}

test('terms are set from a file, shown and listed', async () => {
  const shipped = await terms('show')
  expect(shipped).toMatchObject({ code: 0, stderr: '' })
  expect(shipped.stdout).toMatch(/^version 0 as it ships\n\nBy signing up/)
  expect((await terms('list')).stdout).toBe('')

  const file = join(dir, 'terms.md')
  await writeFile(file, '# Our rules\n\nBe kind.\n')
  expect((await terms('set', '--file', file)).stdout).toBe('version 1\n')
  await writeFile(file, 'Be very kind.')
  expect((await terms('set', '--popup', '--file', file, '--min-age', '16')).stdout).toBe('version 2\n')
  expect((await terms('show')).stdout).toMatch(
    /^version 2 \d{4}-\d\d-\d\d min-age 16 popup\n\nBe very kind\.\n$/,
  )
  const listed = (await terms('list')).stdout.trimEnd().split('\n')
  expect(listed).toHaveLength(2)
  expect(listed[1]).toMatch(/^version 1 \d{4}-\d\d-\d\d Our rules$/)
})

test('what is wrong is one line', async () => {
  const empty = join(dir, 'empty.md')
  await writeFile(empty, ' \n')
  const wrong: [string[], RegExp][] = [
    [['set'], /--file/],
    [['set', '--file', join(dir, 'absent.md')], /absent\.md/],
    [['set', '--file', empty], /empty/],
    [['set', '--file', empty, '--min-age', 'old'], /empty|age/],
    [['burn'], /terms set/],
  ]
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await terms(...args)
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect([code, stdout]).toEqual([2, ''])
  }
})
