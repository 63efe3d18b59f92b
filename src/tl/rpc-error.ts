import { must } from '../lib/assert.ts'
import { loadErrorCodes } from './error-table.ts'
import type * as T from './schema.d.ts'

/** The name of an error; `%d` stands for a number. */
export type ErrorName = T.ErrorName

const CODES = loadErrorCodes()

/** What the caller did wrong: answered as rpc_error. https://core.telegram.org/api/errors */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  /** Like an HTTP status: 303, 400, 401, 403, 404, 406, 420, 500, -503. Of most methods; see `codeFor`. */
  readonly code: number
  /** The name as the table has it, with `%d` for the number. The message has the number. */
  readonly name_: ErrorName
  /** The number in the message: of FLOOD_WAIT and its like, seconds to wait. */
  readonly seconds: number | undefined

  constructor(name: ErrorName, seconds?: number) {
    super(name.replace('%d', String(seconds ?? 0)))
    this.code = must(CODES.usual.get(name), `schema/errors.tsv has ${name}`)
    this.name_ = name
    this.seconds = seconds
  }

  /** The code that this method documents for it. */
  codeFor(method: string): number {
    return CODES.documented.get(`${method} ${this.name_}`) ?? this.code
  }
}

/** The error of that name, to be thrown. `number` takes the place of `%d`. */
export function rpcError(name: ErrorName, number?: number): RpcError {
  return new RpcError(name, number)
}
