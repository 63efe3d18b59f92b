import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandHere } from '../harness/command.ts'
import { startWorld } from '../harness/people.ts'

test('whoever runs the server sees where somebody is logged in', async () => {
  await using world = await startWorld()
  const alice = await world.person('Alice')
  await alice.anotherDevice()
  const { database } = world.server.context.config
  const dir = await mkdtemp(join(tmpdir(), 'chappe-sessions-'))
  try {
    const ask = (phone: string): ReturnType<typeof runCommandHere> =>
      runCommandHere(['sessions', phone, '--data', dir, '--database', database!])
    const shown = await ask(alice.phone)
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`
    const client = String.raw`Test \(${world.apiId}\) 1\.0, layer \d+, Test device 1\.0, 127\.0\.0\.1`
    const line = `active ${time}, since ${time}, ${client}`
    expect(shown.stdout.trimEnd().split('\n').sort()).toEqual([
      expect.stringMatching(new RegExp(`^${line}$`)),
      expect.stringMatching(new RegExp(`^${line}, not confirmed$`)),
    ])
    expect(await ask('+15550004444')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('nobody'),
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
