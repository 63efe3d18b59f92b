import type { Actor, Context } from '../context.ts'
import type * as T from '../tl/schema.d.ts'

/** What is known of the connection that a call came through. */
export interface CallInfo {
  /** The permanent key, or the temporary one while it is unbound. */
  readonly keyId: bigint
  /** The key that encrypted the call: temporary with perfect forward secrecy. */
  readonly usedKeyId: bigint
  readonly sessionId: bigint
  readonly msgId: bigint
  /** The layer that the client stated, or the newest. */
  readonly layer: number
  /** The datacenter of the key; 0 when it may be any. */
  readonly dc: number
  /** Whether the client believes to talk to a test server. */
  readonly isTest: boolean
  readonly ip: string
  /** What initConnection said; 0 when it said nothing yet. */
  readonly apiId: number
  readonly langCode: string
}

/** The context of one call. */
export interface CallContext extends Context {
  readonly call: CallInfo
  /** Who acts, if anybody is logged in: only methods that anyone may call can find nobody. */
  readonly caller: Actor | undefined
  /** Who acts. Throws AUTH_KEY_UNREGISTERED when nobody is logged in. */
  readonly actor: Actor
}

/** One method of the API: resolves, calls one operation, returns one view. */
export type Handler<M extends T.MethodName> = (
  ctx: CallContext,
  req: T.Methods[M]['req'],
) => Promise<T.Methods[M]['res']>

/** The table of methods, typed by their literal TL names. */
export type Handlers = { readonly [M in T.MethodName]: Handler<M> }
