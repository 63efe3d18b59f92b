import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { createApp } from '../../src/domain/apps/apps.ts'
import { must } from '../../src/lib/assert.ts'
import type { ServerFile } from '../../src/server-file.ts'
import { startTestServer, type TestServerOptions } from '../harness/in-process.ts'
import { runChappe, type ServerProcess, type StartOptions } from '../harness/server.ts'

/** A server inside the test's own process, for foreign clients: the test can have things go wrong in it. */
export interface ServerHere extends ServerProcess {
  readonly context: Context
}

/** Starts one as `startServerProcess` starts a process. */
export async function startServerHere(
  options: StartOptions,
  overrides: TestServerOptions = {},
): Promise<ServerHere> {
  const dataDir = must(options.dataDir, 'a server has a directory')
  const addresses = [options.listen ?? '127.0.0.1:0', ...(options.alsoListen ?? [])]
  const { listen } = parseConfig(['--listen', addresses.join(',')], {})
  const server = await startTestServer({
    ...overrides,
    config: { ...overrides.config, data: dataDir, listen },
  })
  const file = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as ServerFile
  const { apiId, apiHash } = await createApp(server.context, {
    title: 'Test',
    shortName: 'test',
    phone: '+15550009999',
  })
  const stop = async (): Promise<number> => {
    await server.stop()
    return 0
  }
  return {
    dataDir,
    file,
    host: server.host,
    port: server.port,
    context: server.context,
    output: () => '',
    waitForOutput: () => Promise.reject(new Error('a server in this process prints nothing')),
    chappe: (...args) => runChappe([...args, '--data', dataDir]),
    createApp: () => Promise.resolve({ apiId, apiHash }),
    stop,
    kill: async () => void (await stop()),
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}
