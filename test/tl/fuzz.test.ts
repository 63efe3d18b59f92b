import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalog } from '../../src/tl/catalog.ts'
import { decodeObject, decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, encodeRequest, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { tl } from '../../src/tl/factories.ts'
import { MAX_DEPTH, MAX_OBJECTS, MAX_VECTOR_LENGTH } from '../../src/tl/limits.ts'
import { TlError, TlReader } from '../../src/tl/reader.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { heights, RandomValues } from './random-value.ts'
import { StrictLayer, strictPool } from './strict.ts'

const layer = new StrictLayer(strictPool().definitions, NEWEST_LAYER)
const layerHeights = heights(layer)
const all = [...layer.byName.values()]
const codec = codecFor(NEWEST_LAYER)

/** Decodes, and lets nothing but TlError pass. */
function decodeOrRefuse(bytes: Uint8Array): void {
  for (const decode of [decodeObject, decodeRequest]) {
    try {
      decode(bytes)
    } catch (error) {
      if (!(error instanceof TlError)) throw error
    }
  }
}

/** The bytes of a random object or request. */
const valid = fc.tuple(fc.nat(all.length - 1), fc.integer()).map(([at, seed]) => {
  const definition = all[at] as (typeof all)[number]
  const value = new RandomValues(layer, layerHeights, seed).object(definition)
  return definition.section.includes('functions')
    ? codec.encodeRequest(value as T.AnyMethod)
    : codec.encode(value, definition.result)
})

describe('bytes that are no TL value are a TlError and nothing else', () => {
  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decodeOrRefuse), { numRuns: 3000 })
  })

  test('random bytes behind a known id', () => {
    const ids = [...catalog.byId.keys()]
    const bytes = fc.tuple(fc.constantFrom(...ids), fc.uint8Array({ maxLength: 300 })).map(([id, rest]) => {
      const head = Buffer.alloc(4)
      head.writeInt32LE(id)
      return Buffer.concat([head, rest])
    })
    fc.assert(fc.property(bytes, decodeOrRefuse), { numRuns: 5000 })
  })

  test('valid bytes with some of them changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const run = (bytes: Uint8Array, list: [number, number][]): void => {
      for (const [at, value] of list) bytes[at % bytes.length] = value
      decodeOrRefuse(bytes)
    }
    fc.assert(fc.property(valid, changes, run), { numRuns: 5000 })
  })

  test('valid bytes cut short, and with bytes left over', () => {
    fc.assert(
      fc.property(valid, fc.nat(), (bytes, at) => {
        expect(() => decodeObject(bytes.subarray(0, at % bytes.length))).toThrow(TlError)
        expect(() => decodeObject(Buffer.concat([bytes, Buffer.alloc(4)]))).toThrow(TlError)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what would grow without bound is refused at once', () => {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value | 0)
    return bytes
  }
  const vector = (length: number): Buffer => Buffer.concat([word(0x1cb5c415), word(length)])
  const idOf = (name: string): Buffer => word(catalog.newest.get(name)?.id ?? 0)

  test('the length of a vector beyond the bytes that are there, beyond the limit, below zero', () => {
    const ack = (length: number, rest: Buffer): Buffer =>
      Buffer.concat([idOf('msgs_ack'), vector(length), rest])
    for (const length of [2 ** 31 - 1, -1, MAX_VECTOR_LENGTH + 1, 3]) {
      expect(() => decodeObject(ack(length, Buffer.alloc(16)))).toThrow(TlError)
    }
    expect(() => decodeObject(ack(MAX_VECTOR_LENGTH + 1, Buffer.alloc(8 * MAX_VECTOR_LENGTH + 8)))).toThrow(
      TlError,
    )
    expect(decodeObject(ack(2, Buffer.alloc(16)))).toEqual({ _: 'msgs_ack', msgIds: [0n, 0n] })
  })

  test('objects inside objects', () => {
    const nested = (depth: number): Uint8Array => {
      let request: T.AnyMethod = tl['help.getConfig']()
      for (let i = 1; i < depth; i++) request = tl.invokeWithLayer({ layer: 1, query: request })
      return encodeRequest(request)
    }
    expect(decodeRequest(nested(MAX_DEPTH))._).toBe('invokeWithLayer')
    expect(() => decodeRequest(nested(MAX_DEPTH + 1))).toThrow(TlError)
    const head = encodeRequest(tl.invokeWithLayer({ layer: 1, query: tl['help.getConfig']() })).subarray(0, 8)
    expect(() => decodeRequest(Buffer.concat(Array<Uint8Array>(200_000).fill(head)))).toThrow(TlError)
  })

  test('more objects than the limit, out of few bytes', () => {
    const empty = idOf('inputUserEmpty')
    const full = Buffer.concat([
      idOf('users.getUsers'),
      vector(MAX_OBJECTS),
      ...Array<Buffer>(MAX_OBJECTS).fill(empty),
    ])
    expect(() => decodeRequest(full)).toThrow(TlError)
  })

  test('a string longer than what is left', () => {
    const body = Buffer.concat([
      idOf('auth.importBotAuthorization'),
      Buffer.from([254, 255, 255, 255]),
      Buffer.alloc(40),
    ])
    expect(() => decodeRequest(body)).toThrow(TlError)
  })
})

describe('what is wrong in a value', () => {
  test('a constructor of another union', () => {
    const request = codec.encodeRequest(tl['users.getUsers']({ id: [tl.inputUserSelf()] }))
    Buffer.from(request.buffer).writeUInt32LE(
      catalog.newest.get('inputPhotoEmpty')?.id ?? 0,
      request.byteOffset + 12,
    )
    expect(() => decodeRequest(request)).toThrow(TlError)
  })

  test('text that is not UTF-8', () => {
    for (const bytes of [
      [1, 0xff, 0, 0],
      [3, 0xed, 0xa0, 0x80],
      [2, 0xc3, 0x28, 0],
    ]) {
      expect(() => new TlReader(Uint8Array.from(bytes)).string()).toThrow(TlError)
    }
  })

  test('a constructor where a request belongs', () => {
    const object = codec.encode(tl.inputPeerSelf(), 'InputPeer')
    expect(() => decodeRequest(object)).toThrow(TlError)
    expect(decodeObject(object)).toEqual({ _: 'inputPeerSelf' })
  })

  test('decoded bytes do not change with the buffer they came from', () => {
    const bytes = Buffer.from(
      encodeRequest(tl['upload.saveFilePart']({ fileId: 1n, filePart: 0, bytes: Uint8Array.of(1, 2, 3) })),
    )
    const request = decodeRequest(bytes) as T.Methods['upload.saveFilePart']['req']
    bytes.fill(0)
    expect([...request.bytes]).toEqual([1, 2, 3])
  })
})
