import type { HttpBindings } from '@hono/node-server'
import type { Context as Call, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { RpcError } from '../tl/rpc-error.ts'

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

/** Refuses forms that are larger than so many bytes. They are not read, so the connection can bring nothing more. */
export function refuseLarger(maxSize: number): MiddlewareHandler<Env> {
  return bodyLimit({ maxSize, onError: (c) => c.text('This is too large.', 413, { connection: 'close' }) })
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
