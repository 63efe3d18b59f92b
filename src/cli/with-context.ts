import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { AssertionError } from '../lib/assert.ts'
import { openContext } from '../open-context.ts'

/**
 * Runs an operation on a server's data: through the database of the server when it is running, else through one that
 * is started for as long as the operation takes.
 */
export async function withContext<R>(config: Config, run: (ctx: Context) => Promise<R>): Promise<R> {
  // What a command logs is of interest when something goes wrong only.
  const quiet = config.logLevel === 'info' ? { ...config, logLevel: 'warn' } : config
  await using opened = await openContext(quiet, {
    mayShare: true,
    overrides: {},
    connections: {
      forgetLogin: () => {},
      bindTempKey: () => Promise.reject(new AssertionError('a command has no connections')),
      publicAddress: () => ({ host: config.publicHost, port: config.listen[0]?.port ?? 0 }),
      datacenters: () => [],
    },
    levels: { connections: () => 0, sessions: () => 0 },
  })
  return await run(opened.context)
}
