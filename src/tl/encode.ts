import { assert, must } from '../lib/assert.ts'
import { catalog, servedLayer } from './catalog.ts'
import { runSource } from './compile.ts'
import { compileResult, compileWriter, type Write, type Writers } from './encode-compile.ts'
import { Layer } from './layer.ts'
import { covers, type Fallback, type Fields } from './layers/rule.ts'
import { FALLBACKS, RESULT_RULES } from './layers/rules.ts'
import type { TlObject } from './object.ts'
import type { Definition } from './pool.ts'
import type * as T from './schema.d.ts'
import { TlWriter } from './writer.ts'

/** The newest layer that Chappe speaks; objects inside are always of this layer. */
export const NEWEST_LAYER: number = catalog.newestLayer

/** A value has no counterpart in the layer of the client that it is for. */
export class NotInLayerError extends Error {
  override readonly name = 'NotInLayerError'
}

/**
 * Finds the writer of a constructor by its name and runs it. The first few names that came are compared with one after
 * another, each with a call of its own, which the engine then takes into this function. Compiled anew for each union:
 * it learns the few shapes of that union apart from all others, which makes encoding a third faster than one function
 * for all.
 */
const DISPATCH = `
  let name0 = '', name1 = '', name2 = '', name3 = ''
  let write0, write1, write2, write3
  const search = (name) => {
    const known = table.get(name)
    if (known !== undefined) return known
    const write = find(name)
    table.set(name, write)
    switch (table.size) {
      case 1: name0 = name; write0 = write; break
      case 2: name1 = name; write1 = write; break
      case 3: name2 = name; write2 = write; break
      case 4: name3 = name; write3 = write; break
    }
    return write
  }
  return function (w, value) {
    const name = value._
    if (name === name0) return write0(w, value)
    if (name === name1) return write1(w, value)
    if (name === name2) return write2(w, value)
    if (name === name3) return write3(w, value)
    return search(name)(w, value)
  }`

/** Writes newest objects for clients of one layer. https://core.telegram.org/mtproto/serialize */
export class LayerCodec {
  /** The layer whose definitions are written. */
  readonly layer: number
  readonly #schema: Layer
  readonly #writer = new TlWriter()
  readonly #unions = new Map<string, Write>()
  /** The union that was asked for last, mostly that of the next value too. */
  #lastUnion = ''
  #lastWrite: Write = () => false
  readonly #boxed = new Map<string, Write>()
  readonly #bare = new Map<string, Write>()
  readonly #results = new Map<string, Write>()
  readonly #writers: Writers

  constructor(layer: number) {
    this.layer = layer
    this.#schema = new Layer(catalog, layer)
    this.#writers = {
      union: (union) => this.#union(union),
      bare: (definition) => this.#lazily(() => this.#compiled(definition.name, true)),
      request: this.#dispatch((name) => this.#request(name)),
    }
  }

  /**
   * The bytes of an object where `union` is expected. `viewerId` is the user who reads it, 0 for nobody. Throws
   * NotInLayerError when the layer cannot say it.
   */
  encode(value: TlObject, union: string, viewerId = 0): Uint8Array {
    const bytes = this.tryEncode(value, union, viewerId)
    if (!bytes) throw new NotInLayerError(`layer ${this.layer} has no ${union} that says ${value._}`)
    return bytes
  }

  /** The same, or undefined when the layer cannot say it. */
  tryEncode(value: TlObject, union: string, viewerId = 0): Uint8Array | undefined {
    return this.#finish(this.#union(union), value, viewerId)
  }

  /** The bytes of what a method answers, of the type that the layer declares. Throws NotInLayerError. */
  encodeResult<M extends T.MethodName>(method: M, value: T.Methods[M]['res'], viewerId = 0): Uint8Array {
    let write = this.#results.get(method)
    if (!write) this.#results.set(method, (write = this.#result(method)))
    const bytes = this.#finish(write, value, viewerId)
    if (!bytes) throw new NotInLayerError(`layer ${this.layer} has no answer of ${method} that says this`)
    return bytes
  }

  /** The bytes of a request. Throws NotInLayerError when the layer lacks the method. */
  encodeRequest(request: T.AnyMethod): Uint8Array {
    const bytes = this.#finish(this.#writers.request, request, 0)
    if (!bytes) throw new NotInLayerError(`layer ${this.layer} has no ${request._}`)
    return bytes
  }

  /** Compiles the writers of all objects, which otherwise is done for each when it is first written. */
  compileAll(): void {
    for (const [union, members] of this.#schema.unions) {
      for (const { name } of members) if (catalog.newest.has(name)) this.#member(union, name)
    }
  }

  #finish(write: Write, value: unknown, viewerId: number): Uint8Array | undefined {
    const writer = this.#writer
    writer.viewerId = viewerId
    // A value that threw half-way may have left bytes.
    writer.rewind(0)
    return write(writer, value as never) ? writer.finish() : undefined
  }

  /** Writes whichever constructor comes where `union` is expected. */
  #union(union: string): Write {
    if (union === this.#lastUnion) return this.#lastWrite
    let write = this.#unions.get(union)
    if (!write) this.#unions.set(union, (write = this.#dispatch((name) => this.#member(union, name))))
    this.#lastUnion = union
    this.#lastWrite = write
    return write
  }

  #dispatch(find: (name: string) => Write): Write {
    return runSource({ find, table: new Map<string, Write>() }, DISPATCH) as Write
  }

  #member(union: string, name: string): Write {
    const target = this.#schema.target(union, name)
    if (this.layer === NEWEST_LAYER) {
      assert(target, `${name} is a ${union}`)
      return this.#compiled(name, false)
    }
    assert(catalog.constructors.has(name), `${name} is a constructor`)
    const fallbacks = FALLBACKS.get(union) ?? []
    const as = this.#schema.ruleOf(name)?.as
    if (!target && !as) return this.#standIn(union, fallbacks)
    const own: Write = target ? this.#compiled(name, false) : () => false
    if (!as && (fallbacks.length === 0 || (target && !this.#schema.mayFail(target.definition)))) return own
    const other = this.#standIn(union, [
      ...(as ? [{ union, constructors: [], isTotal: false, make: as }] : []),
      ...fallbacks,
    ])
    return (writer, value) => {
      const at = writer.position
      const isReplaced = as?.(value as Fields) !== undefined
      if (!isReplaced && own(writer, value)) return true
      writer.rewind(at)
      return other(writer, value)
    }
  }

  /** Writes the first object that stands in for a value and that the layer can say. */
  #standIn(union: string, fallbacks: readonly Fallback[]): Write {
    if (fallbacks.length === 0) return () => false
    return (writer, value: Fields) => {
      const at = writer.position
      for (const { make } of fallbacks) {
        const other = make(value)
        if (other === undefined || !this.#schema.target(union, other._)) continue
        if (this.#compiled(other._, false)(writer, other as never)) return true
        writer.rewind(at)
      }
      return false
    }
  }

  #request(name: string): Write {
    assert(catalog.newest.get(name)?.isFunction, `${name} is a method`)
    return this.#schema.definitionFor(name) ? this.#compiled(name, false) : () => false
  }

  /** The compiled writer of a newest name. */
  #compiled(name: string, isBare: boolean): Write {
    const compiled = isBare ? this.#bare : this.#boxed
    let write = compiled.get(name)
    if (!write) {
      const target = must(this.#schema.definitionFor(name), `layer ${this.layer} has ${name}`)
      compiled.set(name, (write = compileWriter(catalog, this.#schema, target, this.#writers, isBare)))
    }
    return write
  }

  #lazily(make: () => Write): Write {
    let write: Write | undefined
    return (writer, value) => (write ??= make())(writer, value)
  }

  #result(method: T.MethodName): Write {
    const source: Definition = must(catalog.newest.get(method), `${method} is a method`)
    const rule = RESULT_RULES.find((row) => row.method === method && covers(row.layers, this.layer))
    // A layer that lacks the method has no say in its result.
    const definition = this.#schema.definitions.get(rule?.oldName ?? method) ?? source
    const target = { definition, source, rule: undefined }
    const write = compileResult(catalog, this.#schema, target, this.#writers, rule !== undefined)
    if (!rule) return write
    return (writer, value: never) => {
      const made = rule.make(value)
      return made !== undefined && write(writer, made as never)
    }
  }
}

/** Codecs by the layer that a client states: knowledge worked out once, never changed after. */
const codecs: LayerCodec[] = []

/** The codec for clients of a layer: of an unknown higher one the newest, of a lower one the oldest. */
export function codecFor(layer: number): LayerCodec {
  const stated = Math.max(0, Math.min(layer, NEWEST_LAYER))
  let codec = codecs[stated]
  if (!codec) {
    const served = servedLayer(catalog.pool, stated)
    codec = served === stated ? new LayerCodec(served) : codecFor(served)
    codecs[stated] = codec
  }
  return codec
}

/** The bytes of a request of the newest layer. */
export function encodeRequest(request: T.AnyMethod): Uint8Array {
  return codecFor(NEWEST_LAYER).encodeRequest(request)
}
