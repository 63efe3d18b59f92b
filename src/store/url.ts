import type postgres from 'postgres'
import { DatabaseError } from './errors.ts'

/**
 * What a database URL says, in the driver's words. A unix socket is named as libpq does it:
 * postgres://user@/database?host=/directory&port=5432. Throws DatabaseError.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function connectionOf(url: string): postgres.Options<Record<string, never>> {
  const parsed = parse(url)
  const socket = parsed.searchParams.get('host')
  const ssl = parsed.searchParams.get('sslmode')
  return {
    host: socket ?? decodeURIComponent(parsed.hostname),
    port: Number(parsed.searchParams.get('port') ?? (parsed.port || 5432)),
    ...(parsed.username ? { user: decodeURIComponent(parsed.username) } : {}),
    ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
    ...(parsed.pathname.length > 1 ? { database: decodeURIComponent(parsed.pathname.slice(1)) } : {}),
    ...(ssl && ssl !== 'disable' ? { ssl: sslOption(ssl) } : {}),
  }
}

/** The URL as it may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/?]*):[^@/?]*@/, '$1@')
}

function parse(url: string): URL {
  try {
    // `URL` refuses a user before an empty host.
    return new URL(url.replace(/^(\w+:\/\/[^/?@]*@)(?=[/?])/, '$1localhost'))
  } catch {
    throw new DatabaseError(
      `"${withoutPassword(url)}" is no database URL: postgres://user@host:5432/database`,
    )
  }
}

function sslOption(mode: string): 'require' | 'prefer' | 'allow' | 'verify-full' {
  if (mode === 'require' || mode === 'prefer' || mode === 'allow' || mode === 'verify-full') return mode
  if (mode === 'verify-ca') return 'verify-full'
  throw new DatabaseError(`sslmode=${mode} is not known`)
}
