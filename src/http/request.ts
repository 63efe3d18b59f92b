import type { HttpBindings } from '@hono/node-server'
import type { Context as Call, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { RpcError } from '../tl/rpc-error.ts'
import { MAX_BODY_BYTES } from './limits.ts'

/** What a handler of a page finds in its call. */
export interface Env {
  Bindings: HttpBindings
}

/** The answer to a form that was filled in too often; programs know the sentence. */
export const TOO_MANY = 'Sorry, too many tries. Please try again later.'

/** The fields of a form. Programs send them without saying of what type they are. */
export async function readForm(c: Call<Env>): Promise<URLSearchParams> {
  const type = c.req.header('content-type') ?? ''
  if (!type.startsWith('multipart/form-data')) return new URLSearchParams(await c.req.text())
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(await c.req.parseBody()))
    if (typeof value === 'string') form.append(name, value)
  return form
}

/** The value of a field, which may be missing. */
export function field(form: URLSearchParams, name: string): string {
  return form.get(name) ?? ''
}

/**
 * Reads what a handler has not read of a request before it is answered. Else the connection, on which the next request
 * may come already, would be closed after the answer; where there is too much to read, the answer says so.
 */
export async function readToEnd(c: Call<Env>, next: () => Promise<void>): Promise<void> {
  await next()
  if (c.env.incoming.readableEnded || c.req.method === 'GET' || c.req.method === 'HEAD') return
  if (!(await passOver(c.req.raw.body))) c.header('connection', 'close')
}

/** Whether a body has ended within the bytes that are read of it at all. */
async function passOver(body: ReadableStream<Uint8Array> | null): Promise<boolean> {
  if (!body || body.locked) return body === null
  let length = 0
  try {
    for await (const chunk of body.values({ preventCancel: true })) {
      length += chunk.length
      if (length > MAX_BODY_BYTES) return false
    }
  } catch {
    return false // Whoever sent it is gone.
  }
  return true
}

/** Refuses forms that are larger than so many bytes. */
export function refuseLarger(maxSize: number): MiddlewareHandler<Env> {
  return bodyLimit({ maxSize, onError: (c) => c.text('This is too large.', 413) })
}

/** Whether `count`, by which a try is counted, finds that there were too many. */
export async function areTooMany(count: () => Promise<unknown>): Promise<boolean> {
  try {
    await count()
    return false
  } catch (error) {
    if (!isTooMany(error)) throw error
    return true
  }
}

/** Whether an error says that something was asked for too often. */
export function isTooMany(error: unknown): boolean {
  return (
    error instanceof RpcError && (error.name_ === 'FLOOD_WAIT_%d' || error.name_ === 'PHONE_NUMBER_FLOOD')
  )
}
