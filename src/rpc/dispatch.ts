import type { Actor, Context } from '../context.ts'
import type { DeviceReport, Login } from '../domain/auth/devices.ts'
import { VISIT_EVERY_SEC } from '../domain/auth/limits.ts'
import { watchLoop } from '../lib/event-loop.ts'
import type { RpcCall, Session } from '../mtproto/session.ts'
import { decodeRequest } from '../tl/decode.ts'
import { codecFor, NEWEST_LAYER, NotInLayerError } from '../tl/encode.ts'
import { TlError, UnknownConstructorError } from '../tl/error.ts'
import { tl } from '../tl/factories.ts'
import { meantIn } from '../tl/layers/reused-flags.ts'
import { methodRights } from '../tl/rights.ts'
import { RpcError, rpcError } from '../tl/rpc-error.ts'
import type * as T from '../tl/schema.d.ts'
import { CallPaces } from './call-paces.ts'
import { faultOf } from './faults.ts'
import type { CallContext, CallInfo, Handlers } from './handlers.ts'
import { checkAway, isAway } from './homes.ts'
import type { LoginNews } from './key-news.ts'
import { limit, RATES, type RateLimit, type RpcLimits } from './limits.ts'
import type { Logins } from './logins.ts'
import { popupOf } from './popups.ts'
import { runCall } from './running-calls.ts'
import { newSessionState, type SessionState } from './session-state.ts'
import { Strangers } from './strangers.ts'
import { Turns } from './turns.ts'
import { isOfFiles, unwrap, type Unwrapped } from './wrappers.ts'

export interface DispatchDeps {
  readonly context: Context
  readonly handlers: Partial<Handlers>
  readonly logins: Logins
  /** Limits other than the default ones. */
  readonly limits?: Partial<RpcLimits> | undefined
  /** Writes down what initConnection said. */
  readonly saveDevice: (device: DeviceReport) => Promise<void>
  /** Writes down that the client behind a key is there. */
  readonly noteVisit: (keyId: bigint, ip: string) => Promise<void>
}

/** Methods that a temporary key may call before it is bound to a permanent one. */
const BEFORE_BINDING: ReadonlySet<string> = new Set([
  'auth.bindTempAuthKey',
  'help.getConfig',
  'help.getNearestDc',
  'help.getCdnConfig',
])

/** Logins that are looked up at once when many are: calls have their turn beside them. */
const LOGINS_AT_ONCE = 20

/** From the bytes of a request to the bytes of its answer: a result, or an rpc_error. Never throws. */
export class Dispatcher {
  readonly #deps: DispatchDeps
  readonly #strangers: Strangers
  readonly #paces: CallPaces | undefined
  readonly #turns: Turns

  constructor(deps: DispatchDeps) {
    const { clock, config } = deps.context
    this.#deps = deps
    this.#strangers = new Strangers(clock, deps.limits)
    this.#paces = config.floodLimits ? new CallPaces(clock) : undefined
    this.#turns = new Turns(clock, watchLoop())
  }

  async answer(call: RpcCall): Promise<Uint8Array> {
    const { metrics, clock } = this.#deps.context
    const startedMs = clock.nowMs()
    let method = 'unknown'
    let outcome = 'ok'
    try {
      const request = unwrap(this.#read(call.body))
      method = request.query._
      return await this.#inOrder(call, request)
    } catch (error) {
      const known = this.#knownError(error) ?? (await this.#logFault(error, method, call))
      outcome = known.name_
      const popup = popupOf(known, method)
      if (popup) await this.#popUp(popup, call.session)
      return encodeError(known, method)
    } finally {
      metrics.calls.inc({ method, outcome })
      metrics.callSeconds.observe((clock.nowMs() - startedMs) / 1000)
    }
  }

  /** Ends what a session that is gone had under way. */
  sessionClosed(session: Session): void {
    const state = stateOf(session)
    state.isClosed = true
    stopUpdates(state)
  }

  /** Passes on to the sessions of a key what has become of its login, or an update for whoever sits there. */
  take(news: LoginNews, sessions: readonly Session[]): void {
    switch (news.kind) {
      case 'login ended':
        // Its clients ask what they missed, and learn that they are out.
        for (const session of sessions) {
          if (stateOf(session).subscribedTo !== undefined) this.#tell(session, tl.updatesTooLong())
        }
        return this.#forgetLogin(news.keyId, sessions)
      case 'login changed':
        return this.#forgetLogin(news.keyId, sessions)
      case 'update':
        for (const session of sessions) this.#tellUpdate(session, news.update)
    }
  }

  /** Ends what is pushed to those sessions whose login is none any more, where other nodes may have told of it in vain. */
  async lookUpLogins(sessions: readonly Session[]): Promise<void> {
    const byKey = Map.groupBy(
      sessions.filter((session) => stateOf(session).subscribedTo !== undefined),
      (session) => session.permKeyId ?? session.keyId,
    )
    const keyIds = [...byKey.keys()]
    for (let from = 0; from < keyIds.length; from += LOGINS_AT_ONCE) {
      const look = async (keyId: bigint): Promise<void> => {
        const login = await this.#deps.logins.of(keyId)
        const userId = this.#shutOut(login) ? undefined : login?.userId
        const gone = (byKey.get(keyId) ?? []).filter((session) => {
          const { subscribedTo } = stateOf(session)
          return subscribedTo !== undefined && subscribedTo !== userId
        })
        if (gone.length > 0) this.take({ keyId, kind: 'login ended' }, gone)
      }
      await Promise.all(keyIds.slice(from, from + LOGINS_AT_ONCE).map(look))
    }
  }

  /** The sessions stop getting the updates of whoever was logged in. */
  #forgetLogin(keyId: bigint, sessions: readonly Session[]): void {
    this.#deps.logins.forgetHere(keyId)
    for (const session of sessions) stopUpdates(stateOf(session))
  }

  #tellUpdate(session: Session, update: T.Update): void {
    this.#tell(session, tl.updateShort({ update, date: this.#deps.context.clock.nowSec() }))
  }

  #tell(session: Session, updates: T.Updates): void {
    const body = codecFor(stateOf(session).layer || NEWEST_LAYER).tryEncode(updates, 'Updates')
    if (body) session.push(body)
  }

  #read(body: Uint8Array): T.AnyMethod {
    try {
      return decodeRequest(body)
    } catch (error) {
      if (!(error instanceof TlError)) throw error
      this.#deps.context.log.debug({ err: error }, 'a request cannot be read')
      throw rpcError(
        error instanceof UnknownConstructorError ? 'INPUT_CONSTRUCTOR_INVALID' : 'INPUT_FETCH_ERROR',
      )
    }
  }

  /**
   * Lets nobody be told to be out before the logging out is answered. A client that is, takes that answer for lost, and with
   * it the token that would let it in again.
   */
  async #inOrder(call: RpcCall, request: Unwrapped): Promise<Uint8Array> {
    const { session } = call
    const state = stateOf(session)
    // What a client says of itself holds even if this call of it is refused: it says so once.
    noteClient(state, request)
    if (state.leaving) await state.leaving
    if (request.query._ !== 'auth.logOut') return await this.#run(call, request)
    // What it is to follow may come later, and must not wait for it.
    if (request.after.length > 0) await session.waitFor(request.after)
    if (state.leaving) await state.leaving
    const answered = Promise.withResolvers<void>()
    state.leaving = answered.promise
    try {
      return await this.#run(call, { ...request, after: [] })
    } finally {
      // By then the answer is on its way.
      setImmediate(answered.resolve)
    }
  }

  async #run(call: RpcCall, request: Unwrapped): Promise<Uint8Array> {
    const { session } = call
    const state = stateOf(session)
    const keyId = session.permKeyId ?? session.keyId
    if (!(await this.#deps.logins.of(keyId))?.userId) this.#strangers.check(call.ip)
    if (request.init) await this.#noteDevice(call, request.init, keyId, state)
    if (request.after.length > 0) await session.waitFor(request.after)

    const login = await this.#deps.logins.of(keyId)
    const method = request.query._
    // To whoever is shut out this is a server like one where they are not logged in.
    const shutOut = this.#shutOut(login)
    if (shutOut && methodRights(method) !== 'anyone') throw rpcError(shutOut)
    const actor = shutOut ? undefined : actorOf(login, session, keyId)
    if (actor) this.#noteVisit(call, state, keyId)
    checkRights(method, actor, login?.ended ?? null, session.permKeyId === undefined)
    const refused = actor && this.#paces?.take(request.query, actor.userId)
    if (refused) await refused
    const handler = this.#deps.handlers[method] as AnyHandler | undefined
    if (!handler) throw rpcError('METHOD_INVALID')

    const layer = state.layer || login?.layer || NEWEST_LAYER
    const isGuest = actor !== undefined && (await this.#checkHome(method, actor, session))
    // Updates come at home only, and not in sessions that clients keep for files.
    leaveToFiles(method, state)
    const wantsUpdates = request.wantsUpdates && !isGuest && !isOfFiles(method)
    if (actor && wantsUpdates) await this.#startUpdates(session, state, actor, layer)
    const info: CallInfo = {
      keyId,
      usedKeyId: session.keyId,
      sessionId: session.id,
      msgId: call.msgId,
      layer,
      dc: session.dc,
      isTest: session.isTest,
      ip: call.ip,
      apiId: state.apiId || login?.apiId || 0,
      langCode: state.langCode || login?.langCode || '',
    }
    const ctx = callContext(this.#deps.context, info, actor)
    const handle = (): Promise<never> => handler(ctx, meantIn(layer, request.query))
    const result = await runCall(ctx, state, actor, () =>
      actor ? this.#turns.run(actor, () => counted(ctx, actor, method, handle)) : handle(),
    )
    if (wantsUpdates && state.subscribedTo === undefined) await this.#startAfterLogin(session, state, layer)
    return codecFor(layer).encodeResult(method, result, actor?.userId)
  }

  /** What somebody is told who is logged in, but may not use the server or the app. */
  #shutOut(login: Login | undefined): 'USER_DEACTIVATED_BAN' | 'CONNECTION_API_ID_INVALID' | undefined {
    if (!login?.userId) return undefined
    if ((login.bannedUntil ?? 0) > this.#deps.context.clock.nowSec()) return 'USER_DEACTIVATED_BAN'
    // Not a 401: clients would throw away all they have, and a block can be lifted.
    return login.isAppBlocked ? 'CONNECTION_API_ID_INVALID' : undefined
  }

  /** Goes on beside the call. A session that stays connected for days is not idle. */
  #noteVisit(call: RpcCall, state: SessionState, keyId: bigint): void {
    const { clock, log } = this.#deps.context
    const nowSec = clock.nowSec()
    if (nowSec - state.visitedAtSec < VISIT_EVERY_SEC) return
    state.visitedAtSec = nowSec
    this.#deps.noteVisit(keyId, call.ip).catch((error: unknown) => {
      log.warn({ err: error }, 'a visit could not be written down')
    })
  }

  async #noteDevice(
    call: RpcCall,
    init: T.Methods['initConnection']['req'],
    keyId: bigint,
    state: SessionState,
  ): Promise<void> {
    if (call.session.permKeyId === undefined) return
    state.visitedAtSec = this.#deps.context.clock.nowSec()
    await this.#deps.saveDevice({ keyId, layer: state.layer, ip: call.ip, init })
    this.#deps.logins.forget(keyId)
  }

  /** Whoever has just signed in gets updates from now on, before asking for anything else. */
  async #startAfterLogin(session: Session, state: SessionState, layer: number): Promise<void> {
    const keyId = session.permKeyId ?? session.keyId
    const login = await this.#deps.logins.of(keyId)
    const actor = this.#shutOut(login) ? undefined : actorOf(login, session, keyId)
    if (!actor || (await isAway(this.#deps.context, actor.userId, session.dc))) return
    await this.#startUpdates(session, state, actor, layer)
  }

  /** Whether the caller is away from home, where only some methods can be called. Throws USER_MIGRATE_X for others. */
  async #checkHome(method: string, actor: Actor, session: Session): Promise<boolean> {
    const { context } = this.#deps
    if (!(await isAway(context, actor.userId, session.dc))) return false
    stopUpdates(stateOf(session))
    await checkAway(context, actor.userId, method)
    return true
  }

  /** Pushes to the session from now on. Undefined, or resolves when nothing more can be missed. */
  #startUpdates(
    session: Session,
    state: SessionState,
    actor: Actor,
    layer: number,
  ): Promise<void> | undefined {
    if (state.isClosed) return undefined
    if (state.subscribedTo === actor.userId) return state.subscription?.ready()
    stopUpdates(state)
    state.subscribedTo = actor.userId
    state.subscription = this.#deps.context.updates.subscribe(actor.userId, {
      keyId: actor.keyId,
      sessionId: session.id,
      get layer() {
        return state.layer || layer
      },
      push(body, onTaken) {
        state.newsAtMs = performance.now()
        return session.push(body, onTaken)
      },
    })
    return state.subscription.ready()
  }

  /** What the caller did wrong goes back to it. */
  #knownError(error: unknown): RpcError | undefined {
    if (error instanceof RpcError) return error
    return error instanceof NotInLayerError ? rpcError('INPUT_LAYER_INVALID') : undefined
  }

  /** What we did wrong is logged, with what is needed to find it; the caller learns no more than that there is a fault. */
  async #logFault(error: unknown, method: string, { session, msgId }: RpcCall): Promise<RpcError> {
    const login = await this.#loginOf(session)
    const { apiId, layer } = stateOf(session)
    const keyId = String(session.permKeyId ?? session.keyId)
    const about = { method, userId: login?.userId, keyId, apiId, layer, requestId: String(msgId) }
    this.#deps.context.log.error({ fault: faultOf(error), ...about }, 'a call failed')
    return rpcError('RPC_CALL_FAIL')
  }

  /** Shows a person why a call failed, right after the client is told. Bots have nobody to show it to. */
  async #popUp(popup: T.updateServiceNotification, session: Session): Promise<void> {
    const login = await this.#loginOf(session)
    if (!login?.isBot) setImmediate(() => this.#tellUpdate(session, popup))
  }

  #loginOf(session: Session): Promise<Login | undefined> {
    return this.#deps.logins.of(session.permKeyId ?? session.keyId).catch(() => undefined)
  }
}

function encodeError(error: RpcError, method: string): Uint8Array {
  return codecFor(NEWEST_LAYER).encode(
    tl.rpc_error({ errorCode: error.codeFor(method), errorMessage: error.message }),
    'RpcError',
  )
}

/** The limits that count each call of a method. */
const RATE_OF = new Map(
  Object.values<RateLimit>(RATES).flatMap((rate) =>
    (rate.methods ?? []).map((method): [string, RateLimit] => [method, rate]),
  ),
)

/** Runs a handler once its call is counted, where the limits say so. */
async function counted<R>(ctx: Context, by: Actor, method: string, handle: () => Promise<R>): Promise<R> {
  const rate = RATE_OF.get(method)
  if (rate) await limit(ctx, rate, String(by.userId))
  return await handle()
}

/** A handler as the table gives it, after its name has been looked up. */
type AnyHandler = (ctx: CallContext, req: T.AnyMethod) => Promise<never>

function stateOf(session: Session): SessionState {
  session.data ??= newSessionState()
  return session.data as SessionState // This module alone writes the slot.
}

function noteClient(state: SessionState, { layer, init }: Unwrapped): void {
  if (layer !== undefined) state.layer = layer
  if (!init) return
  state.apiId = init.apiId
  state.langCode = init.langCode
}

/**
 * Pushes no more to a session that has but asked for the configuration, as clients do first in any, and transfers files
 * then: they take what comes there for news twice. https://core.telegram.org/api/updates#subscribing-to-updates
 */
function leaveToFiles(method: string, state: SessionState): void {
  if (!isOfFiles(method)) state.isMain ||= method !== 'help.getConfig'
  else if (method.startsWith('upload.') && !state.isMain) stopUpdates(state)
}

function stopUpdates(state: SessionState): void {
  state.subscription?.leave()
  state.subscription = undefined
  state.subscribedTo = undefined
}

function actorOf(login: Login | undefined, session: Session, keyId: bigint): Actor | undefined {
  if (!login?.userId) return undefined
  const apiId = stateOf(session).apiId || login.apiId || 0
  return { userId: login.userId, keyId, sessionId: session.id, apiId, isBot: login.isBot }
}

/** What a client is told whose login was ended by others. */
const END_ERRORS = {
  revoked: 'SESSION_REVOKED',
  expired: 'SESSION_EXPIRED',
  deactivated: 'USER_DEACTIVATED',
} as const

/** Who may call what (schema/rights.tsv). https://core.telegram.org/api/errors#401-unauthorized */
function checkRights(
  method: string,
  actor: Actor | undefined,
  ended: Login['ended'],
  isUnbound: boolean,
): void {
  if (isUnbound && !BEFORE_BINDING.has(method)) throw rpcError('AUTH_KEY_PERM_EMPTY')
  const who = methodRights(method)
  if (who === 'anyone') return
  if (!actor) throw rpcError(ended ? END_ERRORS[ended] : 'AUTH_KEY_UNREGISTERED')
  if (who === 'user' && actor.isBot) throw rpcError('BOT_METHOD_INVALID')
  if (who === 'bot' && !actor.isBot) throw rpcError('USER_BOT_REQUIRED')
}

/** One object a call: the server's context behind it, the call's own facts in front. */
function callContext(context: Context, call: CallInfo, caller: Actor | undefined): CallContext {
  return {
    ...context,
    call,
    caller,
    get actor() {
      if (!caller) throw rpcError('AUTH_KEY_UNREGISTERED')
      return caller
    },
  }
}
