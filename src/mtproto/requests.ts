import type { OutMessage } from './outbox.ts'

/** How a request ended, for those that wait for it. */
export type Outcome = 'answered' | 'failed' | 'unknown'

interface Request {
  /** Undefined while it runs. */
  answer: OutMessage | undefined
  hasFailed: boolean
  /** Nobody wants the answer any more. */
  isDropped: boolean
  waiters: ((outcome: Outcome) => void)[] | undefined
}

/** The requests of a session: those that run, and those whose answers the client has not acknowledged. */
export class Requests {
  readonly #requests = new Map<bigint, Request>()
  /** Requests that others wait for and that have not arrived. */
  #awaited: Map<bigint, ((outcome: Outcome) => void)[]> | undefined
  /** Requests that ran, or still do, and whose answers nobody can be given any more. */
  #lost: Set<bigint> | undefined
  #running = 0

  constructor(lost?: Set<bigint>) {
    this.#lost = lost
  }

  get running(): number {
    return this.#running
  }

  get size(): number {
    return this.#requests.size
  }

  begin(msgId: bigint): void {
    this.#running++
    const waiters = this.#awaited?.get(msgId)
    if (waiters) this.#awaited!.delete(msgId)
    this.#requests.set(msgId, { answer: undefined, hasFailed: false, isDropped: false, waiters })
  }

  /** The request has run: wakes those that wait for it. Returns whether its answer is still wanted. */
  end(msgId: bigint, hasFailed: boolean): boolean {
    this.#running--
    const request = this.#requests.get(msgId)
    if (!request) return false
    const { waiters } = request
    request.waiters = undefined
    request.hasFailed = hasFailed
    for (const wake of waiters ?? []) wake(hasFailed ? 'failed' : 'answered')
    if (request.isDropped) this.#requests.delete(msgId)
    return !request.isDropped
  }

  /** Remembers the answer until `forget`. */
  keep(msgId: bigint, answer: OutMessage): void {
    const request = this.#requests.get(msgId)
    if (request) request.answer = answer
  }

  /** `running`, its answer, or undefined when it is not remembered. */
  stateOf(msgId: bigint): 'running' | OutMessage | undefined {
    const request = this.#requests.get(msgId)
    return request && (request.answer ?? 'running')
  }

  /** The client does not want the answer. Returns the state before. */
  drop(msgId: bigint): 'running' | OutMessage | undefined {
    const request = this.#requests.get(msgId)
    if (!request || request.isDropped) return undefined
    if (request.answer) this.#requests.delete(msgId)
    else request.isDropped = true
    return request.answer ?? 'running'
  }

  /** Forgets an answered request. */
  forget(msgId: bigint): void {
    const request = this.#requests.get(msgId)
    if (request?.answer) this.#requests.delete(msgId)
  }

  /** The answer had to be given up, though the client may not have it. Of such requests, `limit` are remembered. */
  lose(msgId: bigint, limit: number): void {
    this.forget(msgId)
    this.#lost ??= new Set()
    this.#lost.add(msgId)
    for (const oldest of this.#lost) {
      if (this.#lost.size <= limit) break
      this.#lost.delete(oldest)
    }
  }

  isLost(msgId: bigint): boolean {
    return this.#lost?.has(msgId) ?? false
  }

  /** The requests that would be lost if the session ended now. */
  unanswered(): Set<bigint> | undefined {
    if (this.#requests.size === 0) return this.#lost
    return new Set([...(this.#lost ?? []), ...this.#requests.keys()])
  }

  /** Calls `wake` when the request ends, at once if it has. `hasArrived` tells of one that is no longer remembered. */
  whenEnded(msgId: bigint, hasArrived: boolean, wake: (outcome: Outcome) => void): void {
    const request = this.#requests.get(msgId)
    if (request?.answer) wake(request.hasFailed ? 'failed' : 'answered')
    else if (request) (request.waiters ??= []).push(wake)
    else if (hasArrived) wake('answered')
    else {
      this.#awaited ??= new Map()
      const waiters = this.#awaited.get(msgId)
      if (waiters) waiters.push(wake)
      else this.#awaited.set(msgId, [wake])
    }
  }

  /** Stops waiting for a request, whether it has arrived or not. */
  stopWaiting(msgId: bigint, wake: (outcome: Outcome) => void): void {
    const request = this.#requests.get(msgId)
    if (request?.waiters) request.waiters = request.waiters.filter((waiter) => waiter !== wake)
    const waiters = this.#awaited?.get(msgId)?.filter((waiter) => waiter !== wake)
    if (waiters?.length) this.#awaited!.set(msgId, waiters)
    else this.#awaited?.delete(msgId)
  }

  /** Wakes everybody who waits: the session ends. */
  close(): void {
    const all = [...this.#requests.values()].flatMap((request) => request.waiters ?? [])
    for (const waiters of this.#awaited?.values() ?? []) all.push(...waiters)
    this.#awaited = undefined
    for (const request of this.#requests.values()) request.waiters = undefined
    for (const wake of all) wake('unknown')
  }
}
