import type { Clock } from '../lib/clock.ts'
import { rpcError } from '../tl/rpc-error.ts'
import type { MtprotoLimits } from './limits.ts'
import type { ReceivedIds } from './received.ts'
import type { Outcome, Requests } from './requests.ts'

/** What a session knows of its requests. */
export interface Waiting {
  readonly requests: Requests
  readonly received: ReceivedIds
  readonly clock: Clock
  readonly limits: MtprotoLimits
}

/**
 * Resolves when these requests have been answered. Rejects with MSG_WAIT_FAILED when one of them failed and with
 * MSG_WAIT_TIMEOUT when one does not come or does not end.
 * https://core.telegram.org/method/invokeAfterMsgs
 */
export async function waitForRequests(waiting: Waiting, msgIds: readonly bigint[]): Promise<void> {
  if (msgIds.length > waiting.limits.idsPerMessage) throw rpcError('MSG_WAIT_FAILED')
  await Promise.all(msgIds.map((msgId) => waitForRequest(waiting, msgId)))
}

function waitForRequest({ requests, received, clock, limits }: Waiting, msgId: bigint): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (outcome: Outcome): void => {
      timer.cancel()
      if (outcome === 'answered') resolve()
      else reject(rpcError('MSG_WAIT_FAILED'))
    }
    const isRunning = requests.stateOf(msgId) !== undefined
    const delaySec = isRunning ? limits.waitForRunningSec : limits.waitForUnknownSec
    const timer = clock.setTimeout(() => {
      requests.stopWaiting(msgId, wake)
      reject(rpcError('MSG_WAIT_TIMEOUT'))
    }, delaySec * 1000)
    requests.whenEnded(msgId, received.has(msgId), wake)
  })
}
