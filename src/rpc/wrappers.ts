import { rpcError } from '../tl/rpc-error.ts'
import type * as T from '../tl/schema.d.ts'

/** A call without its wrappers, and what these said. */
export interface Unwrapped {
  readonly query: T.AnyMethod
  readonly layer: number | undefined
  readonly init: T.Methods['initConnection']['req'] | undefined
  readonly wantsUpdates: boolean
  /** Earlier requests that must be answered first. */
  readonly after: readonly bigint[]
}

const MAX_WRAPPERS = 8
/** https://core.telegram.org/method/invokeAfterMsgs names no bound; no client is known to name more than a few. */
const MAX_AFTER = 64

/** Takes off invokeWithLayer, initConnection and their like. https://core.telegram.org/api/invoking */
export function unwrap(call: T.AnyMethod): Unwrapped {
  let query = call
  let layer: number | undefined
  let init: Unwrapped['init']
  let wantsUpdates = true
  const after: bigint[] = []
  for (let depth = 0; depth <= MAX_WRAPPERS; depth++) {
    switch (query._) {
      case 'invokeWithLayer':
        layer = query.layer
        query = query.query
        break
      case 'initConnection':
        init = query
        query = query.query
        break
      case 'invokeWithoutUpdates':
        wantsUpdates = false
        query = query.query
        break
      case 'invokeAfterMsg':
        after.push(query.msgId)
        query = query.query
        break
      case 'invokeAfterMsgs':
        after.push(...query.msgIds)
        if (after.length > MAX_AFTER) throw rpcError('INPUT_REQUEST_TOO_LONG')
        query = query.query
        break
      default:
        return { query, layer, init, wantsUpdates, after }
    }
  }
  throw rpcError('INPUT_REQUEST_TOO_LONG')
}

/**
 * Whether a session that makes only such calls is kept for files. It hears of nothing: what a client learns by it before the
 * answer to its own call seems old news to it. https://core.telegram.org/method/invokeWithoutUpdates
 */
export function isOfFiles(method: string): boolean {
  return method.startsWith('upload.') || OPENING.has(method)
}

/** How a session for files begins. Any other that begins like this goes on to ask for something. */
const OPENING: ReadonlySet<string> = new Set(['auth.bindTempAuthKey', 'auth.importAuthorization'])
