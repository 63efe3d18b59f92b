import { deflateIfSmaller } from './gzip.ts'
import { ID } from './ids.ts'
import type { Outlet } from './outlet.ts'
import type { MtprotoSession } from './session.ts'
import type { Shared } from './shared.ts'

/** What stands in an answer when the layer above breaks its promise never to reject. */
const INTERNAL_ERROR = { code: 500, message: 'INTERNAL' } as const

interface Caller {
  readonly shared: Shared
  readonly session: MtprotoSession
  readonly outlet: Outlet
}

/** Hands a request to the layer above, and its answer to the session. */
export function runRequest(caller: Caller, msgId: bigint, body: Buffer): void {
  const { shared, session, outlet } = caller
  session.requests.begin(msgId)
  shared.answer({ session, msgId, body, ip: outlet.ip }).then(
    (result) => finish(caller, msgId, result),
    (error: unknown) => {
      shared.log.error({ err: error }, 'a request was not answered')
      finish(caller, msgId, shared.replies.rpcError(INTERNAL_ERROR.code, INTERNAL_ERROR.message))
    },
  )
}

function finish(caller: Caller, msgId: bigint, result: Uint8Array): void {
  const { shared, session } = caller
  if (session.isClosed) return
  if (session.requests.end(msgId, isRpcError(result))) {
    const answer = session.answer(msgId, deflateIfSmaller(result, shared.limits.gzipFromBytes))
    session.requests.keep(msgId, answer)
  }
  if (session.requests.running === shared.limits.runningRequests) {
    for (const outlet of session.outlets) outlet.readOn()
  }
}

function isRpcError(result: Uint8Array): boolean {
  const id = ID.rpcError
  return (
    result[0] === (id & 0xff) &&
    result[1] === ((id >> 8) & 0xff) &&
    result[2] === ((id >> 16) & 0xff) &&
    result[3] === ((id >> 24) & 0xff)
  )
}
