import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { must } from '../../src/lib/assert.ts'
import { runningPostgres } from '../../src/store/embedded.ts'
import { postmasterPid } from '../../src/store/postmaster.ts'
import { startServerProcess, type ServerProcess } from '../harness/server.ts'
import { Correspondence } from './correspondence.ts'
import { eventually } from './eventually.ts'
import { killTree } from './kill.ts'
import { Uploads } from './uploads.ts'

export interface CrashOptions {
  readonly seed: number
  readonly rounds: number
  /** A new directory for the server's data. */
  readonly dataDir: string
  /** How often all that was sent is looked for, in rounds. */
  readonly checkEvery: number
  readonly say?: (text: string) => void
}

export interface CrashOutcome {
  readonly faults: readonly string[]
  readonly killed: Readonly<Record<Victim, number>>
  /** Messages whose sending was answered. */
  readonly sent: number
  /** Parts of files whose saving was answered. */
  readonly saved: number
}

type Victim = 'server' | 'database' | 'both'
const VICTIMS: readonly Victim[] = ['server', 'database', 'both']

/** An address of this process's own: nobody else takes the port while the server is down. */
const HOST = `127.1.${(process.pid >> 8) & 255}.${process.pid & 255}`
const RETURN_MS = 60_000

/** The server dies so long after it was begun to be used again. */
const FIRST_MS = 50
const LAST_MS = 700

/**
 * Kills a server in a process of its own, its database, or both, again and again while people send. The next start needs
 * no help, what was answered as sent is in both histories, once, and what was answered as saved is there.
 */
export async function crash(options: CrashOptions): Promise<CrashOutcome> {
  await using test = new CrashTest(options)
  return await test.run()
}

class CrashTest implements AsyncDisposable {
  readonly #options: CrashOptions
  readonly #people: Correspondence
  readonly #uploads = new Uploads()
  readonly #killed = { server: 0, database: 0, both: 0 }
  #server: ServerProcess | undefined
  #starting: Promise<void> | undefined

  constructor(options: CrashOptions) {
    this.#options = options
    this.#people = new Correspondence(options.seed)
  }

  get #running(): ServerProcess {
    return must(this.#server, 'a server was started')
  }

  async run(): Promise<CrashOutcome> {
    const { rounds, checkEvery, say = () => {} } = this.#options
    const people = this.#people
    await this.#start()
    await people.begin(this.#running)
    const uploader = must(people.phones[0], 'there are people')
    for (let round = 1; round <= rounds && people.faults.length === 0; round++) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'server'
      people.startSending()
      this.#uploads.start(uploader)
      await delay(FIRST_MS + people.chance.int(LAST_MS - FIRST_MS))
      await this.#kill(victim)
      // Some sends begin after the crash, too.
      await delay(people.chance.int(300))
      await Promise.all([people.stopSending(), this.#uploads.stop()])
      if (round % checkEvery === 0 || round === rounds) await this.#check()
      say(
        `round ${round}: killed ${victim}, ${people.sent} messages sent, ${this.#uploads.saved} parts saved`,
      )
    }
    const { faults, sent } = people
    return { faults, killed: this.#killed, sent, saved: this.#uploads.saved }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#people[Symbol.dispose]()
    await this.#starting?.catch(() => {})
    await this.#server?.stop()
  }

  async #start(): Promise<void> {
    this.#server = await startServerProcess({
      dataDir: this.#options.dataDir,
      listen: `${HOST}:${this.#people.port}`,
      args: ['--flood-limits', 'off'],
    })
  }

  async #kill(victim: Victim): Promise<void> {
    this.#killed[victim]++
    const postmaster = await this.#postmaster()
    if (victim === 'database') {
      killTree(postmaster)
      return
    }
    if (victim === 'both' && this.#people.chance.happens(0.5)) killTree(postmaster)
    const dead = this.#running.kill()
    if (victim === 'both') killTree(postmaster)
    await dead
    this.#starting = this.#start()
    await this.#starting
  }

  /** The process of the database, which may be about to start again. */
  async #postmaster(): Promise<number> {
    const data = join(this.#options.dataDir, 'postgres', 'data')
    return await eventually(() => postmasterPid(data), RETURN_MS, 'the database runs')
  }

  async #check(): Promise<void> {
    const database = join(this.#options.dataDir, 'postgres')
    const url = await eventually(() => runningPostgres(database), RETURN_MS, 'the database runs')
    await this.#people.check(url)
    this.#people.faults.push(...(await this.#uploads.check(url, this.#options.dataDir)))
  }
}
