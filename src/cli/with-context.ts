import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { AssertionError } from '../lib/assert.ts'
import { openContext } from '../open-context.ts'
import { findServerFile } from './server-file.ts'

/**
 * Runs an operation on a server's data: through the database of the server when it is running, else through one that
 * is started for as long as the operation takes.
 */
export async function withContext<R>(typed: Config, run: (ctx: Context) => Promise<R>): Promise<R> {
  const config = await asServerHas(typed)
  await using opened = await openContext(config, {
    mayShare: true,
    overrides: {},
    connections: {
      forgetLogin: () => {},
      endLogin: () => {},
      tellKey: () => {},
      bindTempKey: () => Promise.reject(new AssertionError('a command has no connections')),
      dropTempKeys: () => Promise.reject(new AssertionError('a command has no connections')),
      publicAddress: () => ({ host: config.publicHost, port: config.listen[0]?.port ?? 0 }),
      datacenters: () => [],
    },
    levels: { connections: () => 0, sessions: () => 0 },
  })
  return await run(opened.context)
}

/** Which datacenters there are is typed for the server, which wrote it down when it last started. */
async function asServerHas(typed: Config): Promise<Config> {
  // What a command logs is of interest when something goes wrong only.
  const config = typed.logLevel === 'info' ? { ...typed, logLevel: 'warn' } : typed
  const file = await findServerFile(config.data)
  if (!file) return config
  const here = file.dcs.map(({ id }) => id)
  return { ...config, dc: file.thisDc, datacenters: { here, elsewhere: [], nearest: [] } }
}
