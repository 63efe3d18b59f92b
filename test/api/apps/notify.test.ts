import { expect, test } from 'vitest'
import { createApp } from '../../../src/domain/apps/apps.ts'
import { NOTIFIED_AT_ONCE } from '../../../src/domain/apps/limits.ts'
import { notifyDevelopers } from '../../../src/domain/apps/notify.ts'
import { startWorld } from '../../harness/people.ts'
import { runChappe } from '../../harness/server.ts'

test('owners of apps are written to in the chat with the service account, and nobody else', async () => {
  await using world = await startWorld()
  const { context: ctx } = world.server
  const [alice, bob, carol] = [
    await world.person('Alice'),
    await world.person('Bob'),
    await world.person('Carol'),
  ]
  for (const { phone } of [alice, carol]) await createApp(ctx, { title: 'App', shortName: 'app', phone })
  // More owners than are written to at a time, without accounts.
  for (let n = 0; n < NOTIFIED_AT_ONCE; n++)
    await createApp(ctx, { title: 'App', shortName: 'app', phone: `+1555200${1000 + n}` })
  const text = 'The server moves on Sunday: https://example.org'
  expect(await notifyDevelopers(ctx, text)).toBe(2)
  for (const { device } of [alice, carol]) {
    const [update] = await device.expectUpdates('updateNewMessage')
    expect(update.message).toMatchObject({ message: text, peerId: { userId: 777000 }, out: false })
  }
  await bob.expectUpdates()
  await expect(notifyDevelopers(ctx, 'x'.repeat(5000))).rejects.toThrow(/characters/)
})

test('the command has the server that is running write, so that clients see it at once', async () => {
  await using world = await startWorld()
  const { context: ctx, host, port } = world.server
  const alice = await world.person('Alice')
  await createApp(ctx, { title: 'App', shortName: 'app', phone: alice.phone })
  const place = ['--data', ctx.config.data, '--database', ctx.config.database!]
  const told = await runChappe(['app', 'notify', '--text', 'At once', ...place])
  expect([told.stdout, told.stderr]).toEqual(['notified 1\n', ''])
  const { message } = await alice.device.nextUpdate('updateNewMessage')
  expect(message).toMatchObject({ message: 'At once' })
  const refused = await runChappe(['app', 'notify', '--text', ' ', ...place])
  expect([refused.code, refused.stdout]).toEqual([2, ''])
  expect(refused.stderr).toContain('a notification has 1 to')

  // Whoever does not run the server cannot have it write.
  for (const authorization of ['', 'Bearer ', 'Bearer x', 'Basic eDp5']) {
    const body = new URLSearchParams({ text: 'Spam' })
    const headers = authorization === '' ? {} : { authorization }
    const answer = await fetch(`http://${host}:${port}/apps/notify`, { method: 'POST', body, headers })
    expect(answer.status).toBe(403)
  }
  await alice.device.expectUpdates()
})
