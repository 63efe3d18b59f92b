import type { Context as Call, MiddlewareHandler } from 'hono'
import type { Proxies } from './proxies.ts'
import type { Env } from './request.ts'

/** Refuses forms that a page of this server did not send: only a browser that says so is believed. */
export function refuseOthers(proxies: Proxies): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!isOwn(c, proxies)) return c.text('This did not come from a page of this server.', 403)
    return await next()
  }
}

function isOwn(c: Call<Env>, proxies: Proxies): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin') return false
  const origin = c.req.header('origin')
  if (origin === undefined) return site === 'same-origin'
  return URL.parse(origin)?.host === proxies.hostOf(c.env.incoming)
}
