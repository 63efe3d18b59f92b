import type { Clock } from '../lib/clock.ts'
import { SendFailure } from './sender.ts'

/** How long a sender's server may take to answer. */
const TIMEOUT_MS = 8_000
/** Before which delays a request is repeated that its server did not take. */
const RETRY_AFTER_MS = [300, 1_500]
/** What is read of an answer, in bytes. */
const MAX_ANSWER_BYTES = 65_536

export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Posts and returns the answer. What the server was too busy for, or could not be reached for, is tried again twice.
 * Throws SendFailure. Neither what was posted nor what came back is in its message.
 */
export async function post(clock: Clock, request: Post): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await postOnce(clock, request)
    if (outcome.answer !== undefined) return outcome.answer
    const delayMs = outcome.isWorthRepeating ? RETRY_AFTER_MS[attempt] : undefined
    if (delayMs === undefined) throw new SendFailure(outcome.failure)
    await new Promise<void>((resolve) => clock.setTimeout(resolve, delayMs))
  }
}

type Outcome =
  | { readonly answer: string }
  | { readonly answer?: undefined; readonly failure: string; readonly isWorthRepeating: boolean }

async function postOnce(clock: Clock, { url, headers, body }: Post): Promise<Outcome> {
  const abort = new AbortController()
  const timer = clock.setTimeout(() => abort.abort(), TIMEOUT_MS)
  try {
    const { signal } = abort
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal })
    const answer = await readBounded(response)
    if (response.ok) return { answer }
    const isWorthRepeating = response.status === 429 || response.status >= 500
    return { failure: `answered ${response.status}`, isWorthRepeating }
  } catch (error) {
    if (abort.signal.aborted) {
      // It may have been taken all the same, and nobody is to be rung twice.
      return { failure: `no answer within ${TIMEOUT_MS} ms`, isWorthRepeating: false }
    }
    return { failure: `could not be reached: ${reasonOf(error)}`, isWorthRepeating: true }
  } finally {
    timer.cancel()
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The system's code of an error of `fetch`: its message can hold the address, and that a password. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection'
}
