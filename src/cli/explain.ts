import { AdaptError } from '../adapt/adapt.ts'
import { BusError } from '../bus/errors.ts'
import { ConfigError } from '../config.ts'
import { AppError } from '../domain/apps/text.ts'
import { TermsError } from '../domain/terms/terms.ts'
import { DatabaseError } from '../store/errors.ts'
import { MigrationError } from '../store/migrate.ts'
import { RpcError } from '../tl/rpc-error.ts'
import { CommandError } from './command.ts'

const USER_ERRORS = [
  AdaptError,
  AppError,
  BusError,
  CommandError,
  ConfigError,
  DatabaseError,
  MigrationError,
  RpcError,
  TermsError,
]

/** What listening and the file system can say that the user can mend. */
const SYSTEM_ERRORS: Readonly<Record<string, (error: SystemError) => string>> = {
  EADDRINUSE: (error) => `address ${placeOf(error)} is taken: choose another with --listen`,
  EADDRNOTAVAIL: (error) => `address ${placeOf(error)} is not one of this machine: see --listen`,
  EACCES: (error) =>
    error.syscall === 'listen'
      ? `address ${placeOf(error)} may not be listened on: ports below 1024 are for root`
      : `${error.path ?? 'a file'} may not be used: permission denied`,
  EEXIST: (error) => `${error.path ?? 'a path'} is no directory`,
  ENOTDIR: (error) => `${error.path ?? 'a path'} is in no directory`,
  EROFS: (error) => `${error.path ?? 'a file'} cannot be written: read-only file system`,
  ENOSPC: () => 'no space is left on the disk',
  ENOTFOUND: (error) => `the host ${error.hostname ?? ''} is not known`,
}

interface SystemError {
  readonly syscall?: string
  readonly path?: string
  readonly address?: string
  readonly hostname?: string
  readonly port?: number
}

/** One line for the user, when what was thrown is something that the user can mend; otherwise undefined. */
export function explain(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (USER_ERRORS.some((kind) => error instanceof kind)) return error.message
  if (!('code' in error)) return undefined
  const code = String(error.code)
  // The first sentence says what is wrong; the rest is advice for programs that take words of any form.
  if (code.startsWith('ERR_PARSE_ARGS')) return error.message.split(/\. |\n/)[0]
  return SYSTEM_ERRORS[code]?.(error as SystemError) // Node's own errors have these fields.
}

function placeOf({ address = '', port = 0 }: SystemError): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
