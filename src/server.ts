import { createRequire } from 'node:module'
import { handlers } from './api/all.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { AccountSweeper } from './domain/accounts/sweeper.ts'
import { Announcer } from './domain/admin/announcer.ts'
import { HealthRecorder } from './domain/admin/health.ts'
import { adminToken } from './domain/admin/sign-in.ts'
import { IdleSessionSweeper } from './domain/auth/device-sweeper.ts'
import { noteVisit, saveDevice } from './domain/auth/devices.ts'
import { createKeyStore } from './domain/auth/key-store.ts'
import { UploadSweeper } from './domain/files/sweeper.ts'
import { SecretSweeper } from './domain/secret/sweeper.ts'
import type { ConsoleParts } from './http/admin/call.ts'
import type { PublicFacts } from './http/facts.ts'
import { listen, type Listener } from './http/listener.ts'
import { createHttp } from './http/server.ts'
import { isLoopback } from './lib/address.ts'
import type { Door } from './mtproto/served-dcs.ts'
import type { ServerKey } from './mtproto/server-key.ts'
import { MtprotoServer } from './mtproto/server.ts'
import { openContext, type OpenedContext, type Overrides } from './open-context.ts'
import { Dispatcher } from './rpc/dispatch.ts'
import { shareKeyNews } from './rpc/key-news.ts'
import { Logins } from './rpc/logins.ts'
import { addressesOf, datacentersOf, ownDatacenter, servedDcs } from './server-datacenters.ts'
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

/** Starts a server. Throws DatabaseError, MigrationError, BusError, or the system's error when an address is taken. */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  await using starting = new AsyncDisposableStack()
  const ports = new Map<number, number>()
  const opened: OpenedContext = starting.use(
    await openContext(config, {
      overrides,
      mayShare: false,
      connections: {
        forgetLogin: (keyId) => keyNews.share({ keyId, kind: 'login changed' }),
        endLogin: (keyId) => keyNews.share({ keyId, kind: 'login ended' }),
        tellKey: (keyId, update) => keyNews.share({ keyId, kind: 'update', update }),
        bindTempKey: (call, request) => mtproto.bindTempKey(call, request),
        dropTempKeys: (permKeyId, except) => mtproto.dropTempKeys(permKeyId, except),
        publicAddress: () => ownDatacenter(config, ports),
        datacenters: () => datacentersOf(config, ports),
      },
      levels: { connections: () => mtproto.stats.connections, sessions: () => mtproto.stats.sessions },
    }),
  )
  const { context, rsa } = opened
  startSweepers(context, starting)
  const dispatcher: Dispatcher = new Dispatcher({
    context,
    handlers,
    logins: new Logins(context),
    saveDevice: (device) => saveDevice(context, device),
    limits: overrides.rpcLimits,
    noteVisit: (keyId, ip) => noteVisit(context, keyId, ip),
  })
  const mtproto: MtprotoServer = new MtprotoServer({
    log: context.log,
    clock: context.clock,
    random: context.random,
    rsa,
    keys: createKeyStore(context),
    saltSecret: context.secrets.derive('salts', 32),
    dcs: servedDcs(config),
    limits: overrides.mtprotoLimits,
    onRequest: (call) => dispatcher.answer(call),
    onSessionClosed: (session) => dispatcher.sessionClosed(session),
    onKeyChange: (change) => keyNews.tell(change),
  })
  starting.defer(() => mtproto.close())
  const keyNews = shareKeyNews(context, {
    take(news) {
      if (news.kind === 'key gone' || news.kind === 'key bound') mtproto.takeKeyChange(news)
      else dispatcher.take(news, mtproto.sessionsOfKey(news.keyId))
    },
    lookUp: () => mtproto.lookUpKeys().then(() => dispatcher.lookUpLogins(mtproto.sessions)),
  })
  starting.defer(() => keyNews.leave())

  const announcer = new Announcer(context)
  starting.defer(() => announcer.stop())
  const health = new HealthRecorder(context)
  starting.defer(() => health.stop())
  const console = { health, announcer }
  const facts = await startListening({ config, context, rsa, mtproto, console, ports }, starting)
  await writeServerFile(config.data, { ...facts, pid: process.pid, adminToken: adminToken(context) })
  warnOfConsoleCodes(config, context)
  const running = starting.move()
  const stop = (): Promise<void> => running.disposeAsync()
  return { context, facts, stop, [Symbol.asyncDispose]: stop }
}

/** What clears away, now and then, what nobody wants any more. */
function startSweepers(context: Context, starting: AsyncDisposableStack): void {
  const sweepers = [LogTrimmer, IdleSessionSweeper, AccountSweeper, UploadSweeper, SecretSweeper]
  for (const Sweeper of sweepers) {
    const sweeper = new Sweeper(context)
    starting.defer(() => sweeper.stop())
  }
}

/** Listens on every address of every datacenter. */
async function startListening(
  parts: {
    readonly config: Config
    readonly context: Context
    readonly rsa: ServerKey
    readonly mtproto: MtprotoServer
    readonly console: ConsoleParts
    /** Is told on which port each datacenter listens. */
    readonly ports: Map<number, number>
  },
  starting: AsyncDisposableStack,
): Promise<PublicFacts> {
  const { config, context, rsa, mtproto, console, ports } = parts
  const listeners: Listener[] = []
  const facts = (): PublicFacts => publicFacts(config, rsa, ports)
  const doors = new WeakMap<object, Door>()
  const isReady = (): Promise<boolean> =>
    context.db.sql`select 1`.then(
      () => true,
      () => false,
    )
  const http = createHttp({ mtproto, doors, facts, isReady, context, console })
  starting.defer(() => http.closeAllConnections())
  for (const address of addressesOf(config)) {
    const listener = await listen(address, {
      http,
      mtproto: (socket, head, door) => mtproto.accept(socket, head, door),
      doors,
    })
    starting.defer(() => listener.close())
    listeners.push(listener)
    const dc = address.door ?? config.dc
    if (!ports.has(dc)) ports.set(dc, listener.port)
  }
  // Undone in the reverse order: no new connections, what is under way is finished, the connections end.
  starting.defer(() => mtproto.drain())
  starting.defer(() => listeners.forEach((listener) => listener.stopAccepting()))
  return facts()
}

function publicFacts(config: Config, rsa: ServerKey, ports: ReadonlyMap<number, number>): PublicFacts {
  const host = config.publicHost
  return {
    version,
    layer: NEWEST_LAYER,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${ports.get(config.dc) ?? 0}`,
    thisDc: config.dc,
    dcs: datacentersOf(config, ports),
    publicKey: rsa.publicPem,
    fingerprint: BigInt.asUintN(64, rsa.fingerprint).toString(16).padStart(16, '0'),
  }
}

function warnOfConsoleCodes(config: Config, context: Context): void {
  if (!context.senders.usesConsole || config.listen.every((address) => isLoopback(address.host))) return
  context.log.warn('login codes go to this output only, while others than this machine can connect')
}
