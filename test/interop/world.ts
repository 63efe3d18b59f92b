import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adaptedHost } from '../../src/adapt/adapt.ts'
import { DATACENTERS, PORTS } from '../../src/adapt/places.ts'
import { printRecipe } from '../../src/cli/connect.ts'
import { startServerProcess } from '../harness/server.ts'
import type { ServerProcess, StartOptions } from '../harness/server.ts'
import { GramjsPerson } from './gramjs.ts'
import type { GramjsModule } from './gramjs.ts'
import { MtcutePerson } from './mtcute.ts'
import type { MtcuteModule } from './mtcute.ts'
import type { Person } from './person.ts'
import { TdlibPerson } from './tdlib.ts'
import type { TdlibModule } from './tdlib.ts'

const NODE_MODULES = join(import.meta.dirname, '../../node_modules')
const TDLIB = join(NODE_MODULES, '@prebuilt-tdlib/linux-x64-glibc/libtdjson.so')

export const CLIENTS = ['mtcute', 'GramJS', 'TDLib'] as const
export type ClientName = (typeof CLIENTS)[number]

/** One server, and clients made by what `chappe connect` and `chappe adapt` give for it. */
export interface World extends AsyncDisposable {
  readonly server: ServerProcess
  /** `kill -9`, and a new start at the same addresses. */
  killAndRestart(): Promise<void>
  person(client: ClientName): Person
  /** Somebody new: a number of the test range, signed up with this client, with a name and a username. */
  signedUp(client: ClientName, firstName: string): Promise<Resident>
  /** The lines that TDLib logged at the level of warnings and errors since this was last asked. */
  takeTdlibLog(): Promise<string[]>
}

export interface Resident {
  readonly person: Person
  readonly id: number
  readonly phone: string
  readonly firstName: string
  readonly username: string
}

/** Starts the server, which may be several datacenters and have options, and prepares the three clients. */
export async function startWorld(
  dcs = 1,
  options: readonly string[] = [],
  start: (options: StartOptions) => Promise<ServerProcess> = startServerProcess,
): Promise<World> {
  const { net, listen, addresses } = await freeNet(dcs)
  const args = [...(dcs > 1 ? ['--dcs', String(dcs)] : []), ...options]
  const dataDir = await mkdtemp(join(tmpdir(), 'chappe-interop-'))
  let server = await start({ dataDir, listen, alsoListen: addresses, args })
  // Modules find the packages that they import only from below node_modules.
  await mkdir(join(NODE_MODULES, '.cache'), { recursive: true })
  const directory = await mkdtemp(join(NODE_MODULES, '.cache/interop-'))
  const [{ apiId, apiHash }] = await Promise.all([
    server.createApp(),
    command(server, 'adapt', TDLIB, '--out', join(directory, 'libtdjson-chappe.so'), '--net', net),
  ])

  const load = async (name: string): Promise<unknown> => {
    const text = await printRecipe([
      name,
      '--data',
      dataDir,
      '--api-id',
      String(apiId),
      '--api-hash',
      apiHash,
    ])
    const path = join(directory, `${name}.mjs`)
    await writeFile(path, text)
    return import(path)
  }
  const mtcute = (await load('mtcute')) as MtcuteModule
  const gramjs = (await load('gramjs')) as GramjsModule
  const tdlib = (await load('tdlib')) as TdlibModule
  const takeTdlibLog = await watchTdlibLog(directory)

  let count = 0
  const people: Person[] = []
  const make = (client: ClientName): Person => {
    if (client === 'mtcute') return new MtcutePerson(mtcute)
    if (client === 'GramJS') return new GramjsPerson(gramjs)
    return new TdlibPerson(tdlib, join(directory, `tdlib-${count++}`))
  }
  const world: World = {
    get server() {
      return server
    },
    async killAndRestart() {
      await server.kill()
      server = await start({ dataDir, listen, alsoListen: addresses, args })
    },
    takeTdlibLog,
    person(client) {
      const person = make(client)
      people.push(person)
      return person
    },
    signedUp: (client, firstName) => settle(world, client, firstName, count++),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(people.map((person) => person.quit()))
      await server.stop()
      for (const each of [directory, dataDir]) await rm(each, { recursive: true, force: true })
    },
  }
  return world
}

async function settle(
  world: World,
  client: ClientName,
  firstName: string,
  number: number,
): Promise<Resident> {
  const person = world.person(client)
  const dc = 1 + (number % 3)
  const phone = `+99966${dc}${String(1000 + number).padStart(4, '0')}`
  await person.signUp({ phone, firstName, lastName: '', code: () => Promise.resolve(String(dc).repeat(5)) })
  const username = `${firstName}_${number}_${client}`.toLowerCase()
  await person.setName(firstName, `of ${client}`)
  await person.setUsername(username)
  return { person, id: person.userId(), phone, firstName, username }
}

async function command(server: ServerProcess, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await server.chappe(...args)
  if (code !== 0) throw new Error(`chappe ${args.join(' ')} ended with ${code}:\n${stderr}`)
  return stdout
}

/** Ports below those from which a system gives some away, as it could do with that of a server which starts again. */
const [HELD_PORTS, FIRST_PORTS, PORTS_OF_NET] = [20_000, 21_000, 10]

/**
 * A net of 127.0.0.0/8 in which nobody listens yet, where in it TDLib looks, as far as allowed here, and where to listen
 * first. It is this process's as long as that lives: another would find it free until the server listens there, or while
 * it is started again.
 */
export async function freeNet(dcs = 1): Promise<{ net: string; listen: string; addresses: string[] }> {
  const hosts = DATACENTERS.filter((dc) => !dc.isTest && dc.id <= dcs).map(({ host }) => host)
  for (let attempt = 0; attempt < 100; attempt++) {
    const number = 101 + ((process.pid + attempt) % 150)
    if ((await tryListen(LOOPBACK, HELD_PORTS + number, true)) !== 'free') continue
    const net = `127.${number}`
    const first = FIRST_PORTS + number * PORTS_OF_NET
    // Datacenter 2 has the first address, and those beside it, which there may be, the ports beside.
    const own = [first, first + 1, first + 2].map((port) => ({ host: LOOPBACK, port }))
    const places = hosts.flatMap((host) => PORTS.map((port) => ({ host: adaptedHost(host, net), port })))
    const outcomes = await Promise.all([...places, ...own].map(({ host, port }) => tryListen(host, port)))
    const free = places.filter((_place, index) => outcomes[index] === 'free')
    if (outcomes.includes('taken') || free.length === 0) continue
    const addresses = free.map(({ host, port }) => `${host}:${port}`)
    return { net, listen: `${LOOPBACK}:${first + 1}`, addresses }
  }
  throw new Error('no address of 127.0.0.0/8 can be listened on')
}

const LOOPBACK = '127.0.0.1'

/** Tries to listen, and goes on listening, as long as the process lives, if that is wanted. */
function tryListen(host: string, port: number, isKept = false): Promise<'free' | 'taken' | 'forbidden'> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'taken' : 'forbidden'),
    )
    probe.listen(port, host, () => {
      if (isKept) resolve('free')
      else probe.close(() => resolve('free'))
    })
    if (isKept) probe.unref()
  })
}

/** TDLib tells its log, one for the process, to a file; the lines at the level of warnings and errors are kept. */
async function watchTdlibLog(directory: string): Promise<() => Promise<string[]>> {
  const { default: tdl } = await import('tdl')
  const path = process.env['TDLIB_LOG'] ?? join(directory, 'tdlib.log')
  const level = Number(process.env['TDLIB_LOG_LEVEL'] ?? 2)
  tdl.configure({ verbosityLevel: level })
  const stream = { _: 'logStreamFile', path, max_file_size: 1 << 28, redirect_stderr: false } as const
  tdl.execute({ _: 'setLogStream', log_stream: stream })
  const isWarning = (line: string): boolean => /^\[ [012]\]/.test(line)
  let taken = 0
  return async () => {
    const text = await readFile(path, 'utf8')
    // TDLib writes meanwhile: what a line is about may still be missing.
    const end = text.lastIndexOf('\n') + 1
    const lines = text.slice(taken, end).split('\n')
    taken = end
    return lines.filter((line) => isWarning(line) && !isRoutine(line))
  }
}

/** What TDLib says at the level of warnings in its ordinary life. */
const ROUTINE = [
  '[TdDb.cpp:', // a new database
  '[AuthDataShared.cpp:', // the state of a key
  'Generate new session_id ',
  'Update auth key in session_id ',
  'Close Td in state ',
  'SLOW: ', // a busy machine
  'Previous logging took ', // likewise
  'RawConnection::flush took ', // likewise
  ' : [127.95.', // the second address of DC 2, which is adapted to one where nobody listens
  'Network is unreachable', // the IPv6 addresses that it tries while the server is away
  'STICKERSET_INVALID', // the sets of animated emoji, which a server has once it has stickers
]

function isRoutine(line: string): boolean {
  return ROUTINE.some((part) => line.includes(part))
}
