import { expect, test } from 'vitest'
import { createApp } from '../../../src/domain/apps/apps.ts'
import { NOTIFIED_AT_ONCE } from '../../../src/domain/apps/limits.ts'
import { notifyDevelopers } from '../../../src/domain/apps/notify.ts'
import { startWorld } from '../../harness/people.ts'

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
