import { createRequire } from 'node:module'
import { handlers } from './api/all.ts'
import { isLoopback, type Config } from './config.ts'
import type { Context } from './context.ts'
import { readLogin, saveDevice } from './domain/auth/devices.ts'
import { createKeyStore } from './domain/auth/key-store.ts'
import { listen, type Listener } from './http/listener.ts'
import type { PublicFacts } from './http/pages.ts'
import { createHttp } from './http/server.ts'
import { must } from './lib/assert.ts'
import { MtprotoServer } from './mtproto/server.ts'
import type { ServerKey } from './mtproto/server-key.ts'
import { openContext, type OpenedContext, type Overrides } from './open-context.ts'
import { Dispatcher } from './rpc/dispatch.ts'
import { Logins } from './rpc/logins.ts'
import { writeServerFile } from './server-file.ts'
import { NEWEST_LAYER } from './tl/encode.ts'
import { LogTrimmer } from './updates/trimmer.ts'

/** A server that accepts connections. */
export interface RunningServer extends AsyncDisposable {
  readonly context: Context
  readonly facts: PublicFacts
  /** Takes no more connections, finishes what is under way, and stops the database. */
  stop(): Promise<void>
}

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

/** Starts a server. Throws DatabaseError, MigrationError, or the system's error when an address is taken. */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  await using starting = new AsyncDisposableStack()
  let address = { host: config.publicHost, port: 0 }
  const opened: OpenedContext = starting.use(
    await openContext(config, {
      overrides,
      mayShare: false,
      connections: {
        forgetLogin: (keyId) => dispatcher.forgetLogin(keyId, mtproto.sessionsOfKey(keyId)),
        bindTempKey: (call, request) => mtproto.bindTempKey(call, request),
        publicAddress: () => address,
      },
      levels: { connections: () => mtproto.stats.connections, sessions: () => mtproto.stats.sessions },
    }),
  )
  const { context, rsa } = opened
  const trimmer = new LogTrimmer(context)
  starting.defer(() => trimmer.stop())
  const dispatcher: Dispatcher = new Dispatcher({
    context,
    handlers,
    logins: new Logins((keyId) => readLogin(context, keyId)),
    saveDevice: (device) => saveDevice(context, device),
  })
  const mtproto: MtprotoServer = new MtprotoServer({
    log: context.log,
    clock: context.clock,
    random: context.random,
    rsa,
    keys: createKeyStore(context),
    saltSecret: context.secrets.derive('salts', 32),
    limits: overrides.mtprotoLimits,
    onRequest: (call) => dispatcher.answer(call),
    onSessionClosed: (session) => dispatcher.sessionClosed(session),
  })
  starting.defer(() => mtproto.close())

  const facts = await startListening(config, context, rsa, mtproto, starting)
  address = must(facts.dcs[0], 'a server is a datacenter')
  await writeServerFile(config.data, { ...facts, pid: process.pid, adminToken: adminToken(context) })
  warnOfConsoleCodes(config, context)
  const running = starting.move()
  const stop = (): Promise<void> => running.disposeAsync()
  return { context, facts, stop, [Symbol.asyncDispose]: stop }
}

/** Listens on every address; the first is the one that the server names as its own. */
async function startListening(
  config: Config,
  context: Context,
  rsa: ServerKey,
  mtproto: MtprotoServer,
  starting: AsyncDisposableStack,
): Promise<PublicFacts> {
  const listeners: Listener[] = []
  const facts = (): PublicFacts => publicFacts(config, rsa, listeners[0]?.port ?? 0)
  const isReady = (): Promise<boolean> =>
    context.db.sql`select 1`.then(
      () => true,
      () => false,
    )
  const http = createHttp({ mtproto, facts, isReady, metrics: context.metrics })
  starting.defer(() => http.closeAllConnections())
  for (const address of config.listen) {
    const listener = await listen(address, {
      http,
      mtproto: (socket, head) => mtproto.accept(socket, head),
    })
    starting.defer(() => listener.close())
    listeners.push(listener)
  }
  // Undone in the reverse order: no new connections, what is under way is finished, the connections end.
  starting.defer(() => mtproto.drain())
  starting.defer(() => listeners.forEach((listener) => listener.stopAccepting()))
  return facts()
}

function publicFacts(config: Config, rsa: ServerKey, port: number): PublicFacts {
  const host = config.publicHost
  return {
    version,
    layer: NEWEST_LAYER,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    thisDc: config.dc,
    dcs: [{ id: config.dc, host, port }],
    publicKey: rsa.publicPem,
    fingerprint: BigInt.asUintN(64, rsa.fingerprint).toString(16).padStart(16, '0'),
  }
}

/** The same after each start, so that a page opened with it stays open. */
function adminToken(context: Context): string {
  return Buffer.from(context.secrets.derive('admin token', 24)).toString('base64url')
}

function warnOfConsoleCodes(config: Config, context: Context): void {
  if (!context.senders.usesConsole || config.listen.every((address) => isLoopback(address.host))) return
  context.log.warn('login codes go to this output only, while others than this machine can connect')
}
