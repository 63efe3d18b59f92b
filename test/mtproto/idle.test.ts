import { expect, test } from 'vitest'
import { ID } from '../../src/mtproto/ids.ts'
import { defaultLimits } from '../../src/mtproto/limits.ts'
import { decodeResult } from '../../src/tl/decode.ts'
import { encodeRequest } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import { HandClock } from '../harness/clock.ts'
import { levelOf } from '../harness/levels.ts'
import { startWorld, texts } from '../harness/people.ts'
import { connectClient, type Client } from './client/client.ts'
import { countOf } from './messages.ts'

test('whoever was away for long is told of a new session, and finds in the difference what was dropped with the old one', async () => {
  const clock = new HandClock()
  await using world = await startWorld({ clock })
  const alice = await world.person('Alice')
  const bob = await world.person('Bob')
  const { host, port } = world.server
  const { key, salt } = bob.device.client
  const connect = (after?: Client): Promise<Client> =>
    connectClient({ host, port, key, salt, nowMs: () => clock.nowMs(), ...(after && { after }) })
  const before = await connect()
  const state = decodeResult(
    'updates.getState',
    await before.request(encodeRequest(tl['updates.getState']())),
  )
  const connections = (): Promise<number> => levelOf(world.server, 'connections')
  const sessions = (): Promise<number> => levelOf(world.server, 'sessions')
  before.close()
  await expect.poll(connections).toBe(2)
  await alice.send(bob, 'while away')
  expect(await sessions()).toBe(3)

  clock.advance((defaultLimits.detachedSec + 10) * 1000)
  // Those that said nothing for so long are disconnected, and have as long from then on.
  await expect.poll(connections).toBe(0)
  expect(await sessions()).toBe(2)
  clock.advance((defaultLimits.detachedSec + 10) * 1000)
  await expect.poll(sessions).toBe(0)

  const after = await connect(before)
  const { pts, date } = state
  const difference = decodeResult(
    'updates.getDifference',
    await after.request(encodeRequest(tl['updates.getDifference']({ pts, date, qts: 0 }))),
  )
  expect(countOf(after, ID.newSessionCreated)).toBe(1)
  expect('newMessages' in difference && texts(difference.newMessages)).toEqual(['while away'])
  after.close()
})
