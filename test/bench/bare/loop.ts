import { createServer, type Server, type Socket } from 'node:net'
import { must } from '../../../src/lib/assert.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { systemRandom } from '../../../src/lib/random.ts'
import { singleBody } from '../../../src/mtproto/container.ts'
import { ID } from '../../../src/mtproto/ids.ts'
import { ANSWER, MessageIds, PUSH } from '../../../src/mtproto/message-ids.ts'
import { openPacket, sealPacket } from '../../../src/mtproto/packet.ts'
import { Padding } from '../../../src/mtproto/padding.ts'
import type { Database } from '../../../src/store/database.ts'
import { decodeRequest } from '../../../src/tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../../src/tl/encode.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'
import { readFrames } from '../load/connection.ts'
import type { ClientKey } from '../load/wire.ts'
import type { BareFiles } from './files.ts'
import { bareKey } from './key.ts'
import { readBox, writeMessage } from './store.ts'

/** What a bare server knows of one user: its key, its socket, its counters, how it is shown. */
interface Member {
  readonly userId: number
  readonly key: ClientKey
  readonly view: T.user
  socket: Socket | undefined
  sessionId: bigint
  sent: number
  messages: number
  out: Buffer[]
}

const TAG_BYTES = 4
const codec = codecFor(NEWEST_LAYER)

/**
 * The yardstick of messages and calls: what no server in this language, on these libraries, can do without. Frames are
 * cut, decrypted, decoded, written to PostgreSQL in one pipelined statement each, encoded, encrypted and sent. It has
 * no sessions, acknowledgements, dispatch, rights, checks or log-ins; it knows its users and their counters by heart.
 */
export class BareLoop {
  readonly #db: Database
  readonly #files: BareFiles
  readonly #members: readonly Member[]
  readonly #byKey: ReadonlyMap<bigint, Member>
  readonly #ids = new MessageIds(systemClock)
  readonly #padding = new Padding(systemRandom)
  readonly #toFlush = new Set<Member>()
  #isScheduled = false

  constructor(db: Database, files: BareFiles, members: number) {
    this.#db = db
    this.#files = files
    this.#members = Array.from({ length: members }, (_, n) => newMember(n))
    this.#byKey = new Map(this.#members.map((member) => [member.key.id, member]))
  }

  server(): Server {
    return createServer({ noDelay: true }, (socket) => {
      // In front of the first packet stand the four bytes that name the transport.
      readFrames(socket, (packet) => this.#take(socket, packet), TAG_BYTES)
      socket.on('error', () => socket.destroy())
    })
  }

  #take(socket: Socket, packet: Buffer): void {
    const member = must(this.#byKey.get(packet.readBigInt64LE(0)), 'the key is known')
    const { msgId, sessionId, body } = openPacket(member.key.secret, packet)
    member.socket = socket
    member.sessionId = sessionId
    if (body.readInt32LE(0) === ID.msgsAck) return
    const request = decodeRequest(body)
    switch (request._) {
      case 'messages.sendMessage':
        this.#sendMessage(member, msgId, request)
        return
      case 'updates.getState':
        void readBox(this.#db, member.userId).then((pts) => {
          const state = tl['updates.state']({
            pts,
            qts: 0,
            date: systemClock.nowSec(),
            seq: 1,
            unreadCount: 0,
          })
          this.#answer(member, msgId, codec.encodeResult('updates.getState', state))
        })
        return
      case 'help.getNearestDc': {
        const nearest = tl.nearestDc({ country: '', thisDc: 2, nearestDc: 2 })
        this.#answer(member, msgId, codec.encodeResult('help.getNearestDc', nearest))
        return
      }
      case 'upload.saveFilePart':
        void this.#files.write(request.fileId, request.filePart, request.bytes).then(() => {
          this.#answer(member, msgId, codec.encodeResult('upload.saveFilePart', true))
        })
        return
      case 'upload.getFile':
        void this.#files.read(request.offset, request.limit).then((bytes) => {
          const file = tl['upload.file']({ type: tl['storage.fileUnknown'](), mtime: 0, bytes })
          this.#answer(member, msgId, codec.encodeResult('upload.getFile', file))
        })
        return
      default:
        throw new Error(`the bare loop knows no ${request._}`)
    }
  }

  #sendMessage(from: Member, msgId: bigint, request: T.Methods['messages.sendMessage']['req']): void {
    if (request.peer._ !== 'inputPeerUser') throw new Error(`the bare loop knows no ${request.peer._}`)
    const to = must(this.#members[request.peer.userId - 1], 'the user is known')
    const date = systemClock.nowSec()
    const own = ++from.messages
    const other = ++to.messages
    const { randomId, message: text } = request
    const message = { fromId: from.userId, toId: to.userId, ownId: own, otherId: other, randomId, date, text }
    void writeMessage(this.#db, message).then(() => {
      const answer = updates(from, to, date, [
        tl.updateMessageID({ id: own, randomId }),
        newMessage(from, to, { id: own, date, text, out: true }),
      ])
      this.#answer(from, msgId, codec.encodeResult('messages.sendMessage', answer))
      const push = updates(from, to, date, [newMessage(from, to, { id: other, date, text, out: false })])
      this.#send(to, codec.encode(push, 'Updates'), PUSH)
    })
  }

  #answer(member: Member, reqMsgId: bigint, result: Uint8Array): void {
    const body = Buffer.allocUnsafe(12 + result.length)
    body.writeInt32LE(ID.rpcResult, 0)
    body.writeBigInt64LE(reqMsgId, 4)
    body.set(result, 12)
    this.#send(member, body, ANSWER)
  }

  #send(member: Member, body: Uint8Array, kind: typeof ANSWER | typeof PUSH): void {
    const head = {
      salt: 0n,
      sessionId: member.sessionId,
      msgId: this.#ids.next(kind),
      seqNo: member.sent++ * 2 + 1,
    }
    const packet = sealPacket(member.key, 2, head, singleBody(body), this.#padding)
    const frame = Buffer.allocUnsafe(4 + packet.length)
    frame.writeUInt32LE(packet.length, 0)
    frame.set(packet, 4)
    member.out.push(frame)
    this.#toFlush.add(member)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    for (const member of this.#toFlush) {
      member.socket?.write(member.out.length === 1 ? member.out[0]! : Buffer.concat(member.out))
      member.out = []
    }
    this.#toFlush.clear()
  }
}

function newMember(n: number): Member {
  const userId = n + 1
  return {
    userId,
    key: bareKey(n),
    view: tl.user({
      id: userId,
      accessHash: BigInt(userId) * 7919n,
      firstName: `Bench ${n}`,
      status: tl.userStatusRecently({}),
    }),
    socket: undefined,
    sessionId: 0n,
    sent: 0,
    messages: 0,
    out: [],
  }
}

function updates(from: Member, to: Member, date: number, list: T.Update[]): T.updates {
  return tl.updates({ updates: list, users: [from.view, to.view], chats: [], date, seq: 0 })
}

function newMessage(
  from: Member,
  to: Member,
  side: { readonly id: number; readonly date: number; readonly text: string; readonly out: boolean },
): T.updateNewMessage {
  const message = tl.message({
    out: side.out,
    id: side.id,
    fromId: tl.peerUser({ userId: from.userId }),
    peerId: tl.peerUser({ userId: side.out ? to.userId : from.userId }),
    date: side.date,
    message: side.text,
  })
  return tl.updateNewMessage({ message, pts: side.id + 1, ptsCount: 1 })
}
