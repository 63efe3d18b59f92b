import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { must } from '../../../src/lib/assert.ts'
import { encodeRequest } from '../../../src/tl/encode.ts'
import { tl } from '../../../src/tl/factories.ts'
import { bareKey } from '../bare/key.ts'
import { serveTasks } from '../worker.ts'
import { Connection, openSocket, type Address } from './connection.ts'
import { fileOf, partsOfNewFiles, piecesOf } from './files.ts'
import { shakeHands, strangerOf } from './handshake.ts'
import { call, find, introduce, signUp, type App } from './people.ts'
import {
  callLoop,
  flood,
  sendMany,
  Traffic,
  type Delivered,
  type Done,
  type Flooded,
  type Pair,
} from './traffic.ts'

/** Which of the servers a task is for: Chappe, or the bare loop beside it. */
export type Target = 'server' | 'bare'

interface Missed {
  readonly boxId: number
  readonly pts: number
  readonly date: number
  readonly count: number
}

interface World {
  readonly pairs: readonly Pair[]
  readonly traffic: Traffic
}

const worlds = new Map<Target, World>()
/** Requests for the pieces of each sender's file. */
const fetched = new Map<Target, readonly (() => Uint8Array)[]>()
const held: (Connection | Socket)[] = []
/** The server takes only so many connections of one address, and an address has only so many ports. */
const SOURCES = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4']
/** So many are set up at a time. */
const AT_ONCE = 16

const tasks = {
  /** Signs up two people for each pair, with the numbers from `from` on. */
  async meet(args: {
    address: Address
    publicKey: string
    app: App
    pairs: number
    from?: number
  }): Promise<void> {
    const stranger = strangerOf(args.address, args.publicKey)
    const pairs = await inTurn(args.pairs, async (index): Promise<Pair> => {
      const first = (args.from ?? 0) + index * 2
      const sender = await signUp(stranger, args.app, first)
      const receiver = await signUp(stranger, args.app, first + 1)
      const peer = await find(sender, first + 1)
      await receiver.connection.request(encodeRequest(tl['updates.getState']()))
      return {
        sender: sender.connection,
        receiver: receiver.connection,
        receiverId: receiver.userId,
        accessHash: peer.accessHash,
      }
    })
    worlds.set('server', { pairs, traffic: new Traffic(pairs) })
  },

  async meetBare(args: { address: Address; pairs: number }): Promise<void> {
    const open = async (n: number): Promise<Connection> => {
      const connection = new Connection(await openSocket(args.address), bareKey(n), 0n)
      await connection.request(encodeRequest(tl['help.getNearestDc']()))
      return connection
    }
    const pairs = await inTurn(args.pairs, async (index): Promise<Pair> => ({
      sender: await open(index * 2),
      receiver: await open(index * 2 + 1),
      receiverId: index * 2 + 2,
      accessHash: 0n,
    }))
    worlds.set('bare', { pairs, traffic: new Traffic(pairs) })
  },

  messages(args: { target: Target; window: number; warmMs: number; measureMs: number }): Promise<Delivered> {
    return worldOf(args.target).traffic.closedLoop(args)
  },

  pacedMessages(args: {
    target: Target
    perSecond: number
    warmMs: number
    measureMs: number
  }): Promise<Delivered> {
    return worldOf(args.target).traffic.openLoop(args)
  },

  flood(args: { window: number; forMs: number }): Promise<Flooded> {
    return flood(worldOf('server').pairs, args)
  },

  calls(args: {
    target: Target
    method: 'help.getNearestDc' | 'updates.getState'
    window: number
    warmMs: number
    measureMs: number
  }): Promise<Done> {
    const connections = worldOf(args.target).pairs.map((pair) => pair.sender)
    const body = encodeRequest(tl[args.method]())
    return callLoop(connections, () => body, args)
  },

  /** Uploads parts of files that nobody takes. */
  uploads(args: FileLoad): Promise<Done> {
    return callLoop(senders(args), partsOfNewFiles(), args)
  },

  /** Uploads a file of everybody's own, to be fetched. */
  async haveFiles({ size, ...args }: FileLoad & { size: number }): Promise<void> {
    const pieces = senders(args).map(async (each) => piecesOf(await fileOf(args.target, each, size), size))
    fetched.set(args.target, await Promise.all(pieces))
  },

  /** Everybody fetches that file again and again. */
  downloads(args: FileLoad): Promise<Done> {
    const pieces = must(fetched.get(args.target), 'everybody has a file')
    return callLoop(senders(args), (index) => must(pieces[index], 'everybody has one')(), args)
  },

  /** Sends to the first receiver what it will have missed; who that is, and where they stood before. */
  async miss(args: { count: number }): Promise<Missed> {
    const pair = must(worldOf('server').pairs[0], 'somebody has met')
    const state = await call(pair.receiver, tl['updates.getState']())
    await sendMany(pair, args.count)
    return { boxId: pair.receiverId, pts: state.pts, date: state.date, count: args.count }
  },

  /** Asks for the difference as a client that stands there does. */
  async catchUp({ pts, date, count }: Missed): Promise<{ sec: number; slices: number }> {
    const { receiver } = must(worldOf('server').pairs[0], 'somebody has met')
    const startedAt = performance.now()
    let messages = 0
    for (let slices = 1, at = pts; ; slices++) {
      const part = await call(receiver, tl['updates.getDifference']({ pts: at, date, qts: 0 }))
      if (part._ !== 'updates.difference' && part._ !== 'updates.differenceSlice')
        throw new Error(`updates.getDifference answered ${part._}`)
      messages += part.newMessages.length
      if (part._ === 'updates.difference') {
        if (messages !== count) throw new Error(`the difference has ${messages} messages, not ${count}`)
        return { sec: (performance.now() - startedAt) / 1000, slices }
      }
      at = part.intermediateState.pts
    }
  },

  /** Makes keys for a while. */
  async handshakes(args: {
    address: Address
    publicKey: string
    atOnce: number
    warmMs: number
    measureMs: number
  }): Promise<Done> {
    const stranger = strangerOf(args.address, args.publicKey)
    const begunAt = performance.now()
    const endsAt = begunAt + args.warmMs + args.measureMs
    let count = 0
    let measured = 0
    const worker = async (): Promise<void> => {
      while (performance.now() < endsAt) {
        const connection = await shakeHands(stranger)
        connection.close()
        count++
        if (performance.now() - begunAt > args.warmMs) measured++
      }
    }
    await Promise.all(Array.from({ length: args.atOnce }, worker))
    return { count, perSecond: (measured / (performance.now() - begunAt - args.warmMs)) * 1000 }
  },

  /** Holds connections that have done one call; those of new people, from number `people` on, if that is given. */
  async hold(args: {
    address: Address
    publicKey: string
    app: App
    count: number
    people?: number
  }): Promise<void> {
    const strangers = SOURCES.map((from) => strangerOf({ ...args.address, from }, args.publicKey))
    const connections = await inTurn(args.count, async (index) => {
      const stranger = strangers[index % strangers.length]!
      if (args.people !== undefined) return (await signUp(stranger, args.app, args.people + index)).connection
      const connection = await shakeHands(stranger)
      await introduce(connection, args.app)
      return connection
    })
    held.push(...connections)
  },

  /** Holds plain TCP connections on which one byte went each way. */
  async holdSockets(args: { address: Address; count: number }): Promise<void> {
    const sockets = await inTurn(args.count, async () => {
      const socket = connect(args.address.port, args.address.host)
      await once(socket, 'connect')
      socket.write('.')
      await once(socket, 'data')
      return socket
    })
    held.push(...sockets)
  },

  letGo(): Promise<void> {
    for (const each of held.splice(0)) {
      if (each instanceof Connection) each.close()
      else each.destroy()
    }
    return Promise.resolve()
  },
}

export type LoadTasks = typeof tasks

interface FileLoad {
  readonly target: Target
  readonly connections: number
  readonly window: number
  readonly warmMs: number
  readonly measureMs: number
}

function senders({ target, connections }: FileLoad): Connection[] {
  return worldOf(target)
    .pairs.slice(0, connections)
    .map((pair) => pair.sender)
}

function worldOf(target: Target): World {
  return must(worlds.get(target), 'people have met before messages are sent')
}

/** Makes `count` of something, a few at a time. */
async function inTurn<V>(count: number, make: (index: number) => Promise<V>): Promise<V[]> {
  const made: V[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      made[index] = await make(index)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return made
}

serveTasks(tasks)
