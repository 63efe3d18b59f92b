import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { definitionOf, idOf, type RawDefinition } from './pool-definition.ts'

/**
 * Reads definitions out of the classes that Telethon's generator made of them: order and kind of fields from how a
 * class reads itself, names of unions from the hints of its constructor. What comes out is checked against the id like
 * the definitions of every source.
 */
export function readTelethon(folder: string): RawDefinition[] {
  // Older versions keep the classes of messages apart.
  const classes = ['types', 'functions', 'patched'].flatMap((section) => {
    const dir = join(folder, 'telethon/tl', section)
    return readdirSync(dir)
      .filter((file) => file.endsWith('.py'))
      .flatMap((file) => {
        const namespace = file === '__init__.py' ? '' : `${basename(file, '.py')}.`
        const texts = readFileSync(join(dir, file), 'utf8').split(/^(?=class \w+\()/m)
        return texts.flatMap((text) => readClass(text, namespace, section === 'functions'))
      })
  })
  const unions = new Unions(classes)
  return classes.flatMap((one) => unions.definition(one))
}

interface PythonClass {
  readonly isFunction: boolean
  readonly name: string
  readonly id: number
  /** The CRC-32 of the result's name. */
  readonly resultId: number
  /** What the constructor's comment names; a class without fields has no constructor. */
  readonly result: string | undefined
  readonly fields: readonly string[]
  /** Unions that its fields name. */
  readonly unions: readonly string[]
}

function readClass(text: string, namespace: string, isFunction: boolean): PythonClass[] {
  const [, className] = /^class (\w+)/.exec(text) ?? []
  const [, id] = /CONSTRUCTOR_ID = 0x([0-9a-f]+)/.exec(text) ?? []
  if (className === undefined || id === undefined) return []
  const [, resultId = ''] = /SUBCLASS_OF_ID = 0x([0-9a-f]+)/.exec(text) ?? []
  const [, result] = /(?:Constructor for|:returns) ([\w.<>]+):/.exec(text) ?? []
  const bare = isFunction ? className.replace(/Request$/, '') : className
  const name = namespace + bare.charAt(0).toLowerCase() + bare.slice(1)
  const hints = hintsOf(text)
  const fields = readFields(text.slice(text.indexOf('def from_reader(')), hints)
  if (result === 'X') fields.unshift('{X:Type}')
  const unions = [...hints.values()].flatMap((hint) => /Type(\w+)/.exec(hint)?.[1] ?? [])
  const ids = { id: Number.parseInt(id, 16), resultId: Number.parseInt(resultId, 16) }
  return [{ isFunction, name, ...ids, result, fields, unions }]
}

/** The names of types: hints leave out their namespaces, and classes without fields tell only a checksum. */
class Unions {
  readonly #byId = new Map<number, string>()
  /** By the name without its namespace. */
  readonly #byLocalName: ReadonlyMap<string, string[]>

  constructor(classes: readonly PythonClass[]) {
    const local = new Map<string, string[]>()
    const namespaces = new Set(classes.map(({ name }) => name.slice(0, name.indexOf('.') + 1)))
    const hinted = new Set(classes.flatMap(({ unions }) => unions))
    const told = new Set(classes.flatMap(({ result }) => result ?? []))
    const names = [...told, ...[...hinted].flatMap((name) => [...namespaces].map((space) => space + name))]
    for (const name of names) {
      for (const type of [name, `Vector<${name}>`]) this.#byId.set(crc32(type), type)
    }
    for (const { name } of classes) {
      // A union whose constructors have no fields mostly has the name that they start with.
      const type = name.replace(/[a-z]\w*$/, (text) => text.charAt(0).toUpperCase() + text.slice(1))
      for (let end = type.length; end > 1; end--) {
        const start = type.slice(0, end)
        if (!this.#byId.has(crc32(start))) this.#byId.set(crc32(start), start)
      }
    }
    for (const id of new Set(classes.map(({ resultId }) => resultId))) {
      const name = this.#byId.get(id)
      if (!name?.includes('.')) continue
      const short = name.slice(name.indexOf('.') + 1)
      local.set(short, [...(local.get(short) ?? []), name])
    }
    this.#byLocalName = local
  }

  /** The definition, with the namespaces that make its id come out. */
  definition(one: PythonClass): RawDefinition[] {
    const result = this.#byId.get(one.resultId) ?? one.result
    if (result === undefined) return []
    const make = (fields: readonly string[]): RawDefinition[] =>
      definitionOf(one.isFunction, one.name, one.id, fields, result)
    let candidates: string[][] = [[]]
    for (const field of one.fields) {
      const [, head = field, type = '', tail = ''] = /^(.*[:?<])([A-Z]\w+)(>?)$/.exec(field) ?? []
      const names = type === '' ? [''] : [type, ...(this.#byLocalName.get(type) ?? [])]
      candidates = candidates.flatMap((fields) => names.map((name) => [...fields, `${head}${name}${tail}`]))
    }
    for (const fields of candidates) {
      const made = make(fields)
      if (made.every(({ id, text }) => idOf(text) === id)) return made
    }
    return make(one.fields)
  }
}

/** The hints of the constructor's parameters by their names. */
function hintsOf(text: string): Map<string, string> {
  const [, parameters = ''] = /def __init__\(self,? ?(.*)\):/.exec(text) ?? []
  return new Map(
    parameters.split(/, (?=\w+:)/).map((parameter) => {
      const [name = '', hint = ''] = parameter.split(/: (.*)/s)
      return [name, hint.replace(/=None$/, '')]
    }),
  )
}

/** Fields whose TL name means something else in Python. */
const RENAMED: Readonly<Record<string, string>> = { is_self: 'self', from_: 'from' }

/** Reads the statements of `from_reader`, one line each; conditions and loops are told by their own lines. */
function readFields(body: string, hints: ReadonlyMap<string, string>): string[] {
  const fields: string[] = []
  let flag = ''
  let vector = 'vector'
  let element = ''
  for (const line of body.split('\n').map((raw) => raw.trim())) {
    const add = (name: string, call: string, args: string, wrap: (type: string) => string): void => {
      const type = typeOf(call, args, hints.get(name) ?? '')
      fields.push(`${RENAMED[name] ?? name}:${flag}${wrap(type)}`)
    }
    const [, word = '', truth = '', of = '', bit = ''] =
      /^(?:(flags\d*) = reader\.read_int\(\)|_(\w+) = bool\((flags\d*) & (\d+)\))$/.exec(line) ?? []
    if (word) fields.push(`${word}:#`)
    if (truth) fields.push(`${RENAMED[truth] ?? truth}:${of}.${bitOf(bit)}?true`)
    const [, condition, mask = ''] = /^if (flags\d*) & (\d+):$/.exec(line) ?? []
    if (condition) flag = `${condition}.${bitOf(mask)}?`
    if (line === 'else:') flag = ''
    if (line === 'reader.read_int()') vector = 'Vector'
    const [, name = '', call = '', args = ''] = /^_(\w+) = reader\.(\w+)\((.*)\)$/.exec(line) ?? []
    const [, list] = /^_(\w+)\.append\(_x\)$/.exec(line) ?? []
    if (list) {
      const [method = '', more = ''] = element.split('(')
      add(list, method, more, (type) => `${vector}<${type}>`)
      vector = 'vector'
    } else if (name === 'x' && !hints.has('x')) {
      element = `${call}(${args}`
    } else if (name) {
      add(name, call, args, (type) => type)
    }
  }
  return fields
}

function bitOf(mask: string): number {
  return Math.log2(Number(mask) >>> 0)
}

/** What a call of Telethon's reader reads; an object's union is in the hint. */
function typeOf(call: string, args: string, hint: string): string {
  if (call === 'read_large_int') return `int${/\d+/.exec(args)?.[0]}`
  if (call !== 'tgread_object')
    return call
      .replace(/^(read|tgread)_/, '')
      .replace('date', 'int')
      .replace('bool', 'Bool')
  const [, namespace = '', name = ''] = /'(?:types\.)?(\w+\.)?Type(\w+)'/.exec(hint) ?? []
  return name === 'X' ? '!X' : namespace + name
}
