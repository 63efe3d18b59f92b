import { readFileSync } from 'node:fs'

/**
 * A second reading of schema/pool.tl and of TL bytes, slow and plain, that shares no code with src/tl: what compiled
 * code writes is read here by the definitions of one layer alone.
 */

export interface StrictField {
  name: string
  key: string
  type: string
  flag: { word: string; bit: number } | undefined
}

export interface StrictDefinition {
  name: string
  id: number
  fields: StrictField[]
  result: string
  section: string
  layers: [number, number][]
  line: string
}

/** Every definition of the pool. */
export function strictPool(): { layers: number[]; definitions: StrictDefinition[] } {
  const text = readFileSync(new URL('../../schema/pool.tl', import.meta.url), 'utf8')
  const definitions: StrictDefinition[] = []
  let layers: number[] = []
  let section = ''
  for (const line of text.trim().split('\n')) {
    if (line.startsWith('exact ')) continue
    else if (line.startsWith('layers ')) layers = layersOf(line.slice(7))
    else if (line.startsWith('---')) section = line
    else definitions.push(strictDefinition(line, section))
  }
  return { layers, definitions }
}

function layersOf(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function strictDefinition(line: string, section: string): StrictDefinition {
  const match = /^(\S+) ([\w.]+)#([0-9a-f]+)((?: \S+)*) = (\S+)$/.exec(line)
  if (!match) throw new Error(`not a definition: ${line}`)
  const [, ranges = '', name = '', id = '', fields = '', result = ''] = match
  return {
    name,
    id: Number.parseInt(id, 16),
    section,
    result,
    line: line.slice(ranges.length + 1),
    layers: ranges.split(',').map((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return [first, last]
    }),
    fields: fields
      .trim()
      .split(' ')
      .filter((field) => field.includes(':') && !field.startsWith('{'))
      .map((field) => {
        const [title = '', rest = ''] = field.split(/:(.*)/s)
        const [condition, type] = rest.includes('?') ? rest.split('?') : [undefined, rest]
        const [word = '', bit = ''] = condition?.split('.') ?? []
        return {
          name: title,
          key: title.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
          type: type ?? '',
          flag: condition === undefined ? undefined : { word, bit: Number(bit) },
        }
      }),
  }
}

/** The definitions of one layer. */
export class StrictLayer {
  readonly byId = new Map<number, StrictDefinition>()
  readonly byName = new Map<string, StrictDefinition>()
  readonly unions = new Map<string, StrictDefinition[]>()

  constructor(definitions: readonly StrictDefinition[], layer: number) {
    for (const definition of definitions) {
      if (!definition.layers.some(([first, last]) => first <= layer && layer <= last)) continue
      this.byId.set(definition.id, definition)
      this.byName.set(definition.name, definition)
      if (definition.section.includes('functions')) continue
      this.unions.set(definition.result, [...(this.unions.get(definition.result) ?? []), definition])
    }
  }

  /** Reads a value of `type` that takes up all bytes. Throws an Error for anything that is not allowed. */
  read(bytes: Uint8Array, type: string): unknown {
    const cursor = { at: Buffer.from(bytes), pos: 0 }
    const value = this.#value(cursor, type)
    if (cursor.pos !== bytes.length) throw new Error(`${bytes.length - cursor.pos} bytes left`)
    return value
  }

  /** Reads a request. */
  readRequest(bytes: Uint8Array): unknown {
    return this.read(bytes, '!X')
  }

  #value(cursor: Cursor, type: string): unknown {
    const vector = /^(V|v)ector<(.+)>$/.exec(type)
    if (vector) {
      if (vector[1] === 'V' && int(cursor) !== 0x1cb5c415) throw new Error('not a vector')
      return Array.from({ length: int(cursor) }, () => this.#value(cursor, vector[2] ?? ''))
    }
    const scalar = SCALARS[type]
    if (scalar) return scalar(cursor)
    const bare = this.byName.get(type)
    if (bare && !bare.section.includes('functions')) return this.#fields(cursor, bare)
    const id = int(cursor) >>> 0
    const definition = this.byId.get(id)
    if (!definition) throw new Error(`no constructor ${id.toString(16)} in the layer`)
    const isFunction = definition.section.includes('functions')
    const isFitting = type === '!X' ? isFunction : !isFunction && definition.result === type
    if (!isFitting) throw new Error(`${definition.name} is no ${type}`)
    return this.#fields(cursor, definition)
  }

  #fields(cursor: Cursor, definition: StrictDefinition): Record<string, unknown> {
    const words = new Map<string, number>()
    const value: Record<string, unknown> = { _: definition.name }
    for (const field of definition.fields) {
      if (field.type === '#') {
        words.set(field.name, int(cursor))
        continue
      }
      const isThere = field.flag ? ((words.get(field.flag.word) ?? 0) & (1 << field.flag.bit)) !== 0 : true
      if (field.type === 'true') value[field.key] = isThere
      else value[field.key] = isThere ? this.#value(cursor, field.type) : undefined
    }
    const known = definition.fields.filter((field) => field.flag)
    for (const [word, bits] of words) {
      const allowed = known.reduce((sum, { flag }) => (flag?.word === word ? sum | (1 << flag.bit) : sum), 0)
      if ((bits & ~allowed) !== 0) throw new Error(`${definition.name}: a bit of ${word} that means nothing`)
    }
    return value
  }
}

interface Cursor {
  at: Buffer
  pos: number
}

function take(cursor: Cursor, length: number): Buffer {
  if (cursor.pos + length > cursor.at.length) throw new Error('the end comes too early')
  cursor.pos += length
  return cursor.at.subarray(cursor.pos - length, cursor.pos)
}

function int(cursor: Cursor): number {
  return take(cursor, 4).readInt32LE()
}

function bytes(cursor: Cursor): Uint8Array {
  let length = take(cursor, 1).readUInt8()
  let head = 1
  if (length === 254) {
    length = take(cursor, 3).readUIntLE(0, 3)
    head = 4
  }
  const value = take(cursor, length)
  const padding = take(cursor, (4 - ((head + length) % 4)) % 4)
  if (padding.some((byte) => byte !== 0)) throw new Error('padding that is not zero')
  return new Uint8Array(value)
}

const SCALARS: Record<string, (cursor: Cursor) => unknown> = {
  int,
  long: (cursor) => take(cursor, 8).readBigInt64LE(),
  double: (cursor) => take(cursor, 8).readDoubleLE(),
  int128: (cursor) => new Uint8Array(take(cursor, 16)),
  int256: (cursor) => new Uint8Array(take(cursor, 32)),
  bytes,
  string: (cursor) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes(cursor)),
  Bool(cursor) {
    const id = int(cursor) >>> 0
    if (id !== 0x997275b5 && id !== 0xbc799737) throw new Error('not a Bool')
    return id === 0x997275b5
  },
}

/** A value as text, in which a long that is a number equals one that is a bigint. */
export function plain(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Uint8Array) return `bytes ${Buffer.from(inner).toString('hex')}`
    if (typeof inner === 'bigint' || typeof inner === 'number') return String(inner)
    return inner === undefined ? 'absent' : inner
  })
}
