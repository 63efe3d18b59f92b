import { unzipSync } from 'node:zlib'
import { must } from '../lib/assert.ts'
import { catalog, type Catalog } from './catalog.ts'
import {
  compileReader,
  liftedShape,
  type ReadFields,
  type ReadObject,
  type Readers,
} from './decode-compile.ts'
import { TlError, UnknownConstructorError } from './error.ts'
import { MAX_TOTAL_BYTES } from './limits.ts'
import type { TlObject } from './object.ts'
import type { Definition, TypeRef } from './pool.ts'
import { TlReader } from './reader.ts'
import type * as T from './schema.d.ts'
import { STAND_INS } from './stand-ins.ts'

/**
 * Decoding. A constructor id names one wire layout in whichever layer, so no layer is needed: each object is read by
 * the definition of its id and comes out with the newest name and fields. Only TlError is thrown.
 * https://core.telegram.org/mtproto/serialize
 */

const GZIP_PACKED_ID = 0x3072cfa1

/** Decodes one boxed object of any constructor or method. Bytes left over are an error. */
export function decodeObject(bytes: Uint8Array): TlObject {
  const reader = new TlReader(bytes)
  const value = decodePrefix(reader)
  reader.finish()
  return value
}

/** Decodes one boxed object of any constructor or method and leaves the reader behind it. */
export function decodePrefix(reader: TlReader): TlObject {
  return decoder.any(reader)
}

/** Decodes one request; a constructor that is no method is an error, and so are bytes left over. */
export function decodeRequest(bytes: Uint8Array): T.AnyMethod {
  const reader = new TlReader(bytes)
  const value = decoder.request(reader)
  reader.finish()
  // Every definition of a function decodes to the request of that name.
  return value as T.AnyMethod
}

/** Decodes what a method answered, as the newest layer declares it: an object, a boolean, a vector of anything. */
export function decodeResult<M extends T.MethodName>(method: M, bytes: Uint8Array): T.Methods[M]['res'] {
  const reader = new TlReader(bytes)
  const definition = must(catalog.newest.get(method), `${method} is a method`)
  const value = decoder.value(definition.result, reader)
  reader.finish()
  return value
}

/** The compiled readers of a catalog. Each is compiled when it is first needed and kept. */
class Decoder {
  readonly #catalog: Catalog
  readonly #compiled = new Map<number, ReadFields>()
  readonly #unions = new Map<string, ReadObject>()
  readonly #readers: Readers
  #isInflating = false
  /** Reads any object or request. */
  readonly any: ReadObject
  /** Reads any request. */
  readonly request: ReadObject

  constructor(of: Catalog) {
    this.#catalog = of
    this.any = this.#dispatch((id) => this.#reader(this.#known(id)))
    this.request = this.#dispatch((id) => {
      if (id === GZIP_PACKED_ID) return (reader) => this.#packed(reader)
      const definition = this.#known(id)
      if (!definition.isFunction) throw new TlError(`${definition.name} is no method`)
      return this.#reader(definition)
    })
    this.#readers = {
      union: (name) => this.#union(name),
      bare: (definition) => (reader) => this.#reader(definition)(reader),
      request: this.request,
    }
  }

  /**
   * Reads a request that is compressed inside a wrapper: TDLib puts invokeAfterMsgs around what it has packed.
   * https://core.telegram.org/mtproto/service_messages#packed-object
   */
  #packed(reader: TlReader): TlObject {
    if (this.#isInflating) throw new TlError('packed twice')
    const inner = new TlReader(unpack(reader.bytes()))
    this.#isInflating = true
    try {
      const value = this.request(inner)
      inner.finish()
      return value
    } finally {
      this.#isInflating = false
    }
  }

  /** Reads a value of a type. */
  value(type: TypeRef, reader: TlReader): unknown {
    switch (type.k) {
      case 'union':
        return this.#union(type.name)(reader)
      case 'vector': {
        const length = reader.vector(4)
        return Array.from({ length }, () => this.value(type.of, reader))
      }
      case 'int':
        return reader.int()
      case 'long':
        return reader.long()
      case 'number53':
        return reader.longNumber()
      case 'string':
        return reader.string()
      case 'Bool':
        return reader.bool()
      default:
        throw new TlError(`nothing answers ${type.k}`)
    }
  }

  #known(id: number): Definition {
    const definition = this.#catalog.byId.get(id)
    if (definition) return definition
    throw new UnknownConstructorError(`unknown constructor ${(id >>> 0).toString(16).padStart(8, '0')}`)
  }

  #reader(definition: Definition): ReadFields {
    let reader = this.#compiled.get(definition.id | 0)
    if (!reader) {
      reader = compileReader(this.#catalog, definition, this.#readers)
      this.#compiled.set(definition.id | 0, reader)
    }
    return reader
  }

  /** Reads an id and then the fields that it means. `find` is asked once for each id and throws for a wrong one. */
  #dispatch(find: (id: number) => ReadFields): ReadObject {
    const table = new Map<number, ReadFields>()
    return (reader) => {
      const id = reader.int()
      let read = table.get(id)
      if (!read) table.set(id, (read = find(id)))
      reader.enter()
      const value = read(reader)
      reader.leave()
      return value
    }
  }

  #union(name: string): ReadObject {
    const known = this.#unions.get(name)
    if (known) return known
    const members = new Map((this.#catalog.unions.get(name) ?? []).map((member) => [member.id | 0, member]))
    const isCurrent = this.#catalog.newestUnions.has(name)
    const read = this.#dispatch((id) => {
      const member = members.get(id)
      if (!member) {
        const standIn = this.#standIn(name, id)
        if (standIn) return standIn
        throw new TlError(`${this.#catalog.byId.get(id)?.name ?? 'an unknown constructor'} is no ${name}`)
      }
      // What today's handlers have no type for must not reach them.
      const shape = liftedShape(this.#catalog, member)
      if (isCurrent && this.#catalog.newest.get(shape.name) !== shape) {
        throw new TlError(`${member.name} is no longer a ${name}`)
      }
      return this.#reader(member)
    })
    this.#unions.set(name, read)
    return read
  }

  /** Reads a peer that stands for another type. */
  #standIn(name: string, id: number): ReadFields | undefined {
    const meant = STAND_INS.get(name)
    const peer = meant && this.#catalog.unions.get('InputPeer')?.find((each) => (each.id | 0) === id)
    if (!meant || !peer) return undefined
    const read = this.#reader(peer)
    return (reader) => {
      const value = meant(read(reader))
      if (!value) throw new TlError(`${peer.name} is no ${name}`)
      return value
    }
  }
}

const decoder = new Decoder(catalog)

/** TDLib packs without the header of gzip; either is understood. */
function unpack(packed: Uint8Array): Uint8Array {
  try {
    return unzipSync(packed, { maxOutputLength: MAX_TOTAL_BYTES })
  } catch {
    // zlib says in many ways that the bytes are no packed object; to the caller it is one and the same.
    throw new TlError('no packed object')
  }
}
