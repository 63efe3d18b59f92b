/**
 * Writes src/tl/schema.d.ts, the types of every object and method of the newest layer and of the MTProto service
 * definitions, from schema/pool.tl: `node tools/types.ts`. The file is not committed. It holds types only: readers,
 * writers and factories are compiled from the pool at run time.
 */
import { writeFileSync } from 'node:fs'
import { readErrors } from '../src/tl/error-table.ts'
import { newestDefinitions, loadPool, type Definition, type Field, type TypeRef } from '../src/tl/pool.ts'

const TYPES_FILE = new URL('../src/tl/schema.d.ts', import.meta.url)

const SCALARS: Record<string, string> = {
  int: 'number',
  long: 'bigint',
  number53: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
  int128: 'Uint8Array',
  int256: 'Uint8Array',
  Bool: 'boolean',
  true: 'boolean',
  any: 'Tl.AnyMethod',
}

const HEADER = `// Made by tools/types.ts from schema/pool.tl. Not for editing.
// The module imports itself: inside a namespace, \`Tl.\` names the one meant.
import type * as Tl from './schema.d.ts'

/** A request of any method. */
export type AnyMethod = Tl.Methods[Tl.MethodName]['req']
/** The name of any method. */
export type MethodName = keyof Tl.Methods
/** An object of any constructor. */
export type AnyObject = Tl.Constructors[keyof Tl.Constructors]
`

function typeText(type: TypeRef): string {
  switch (type.k) {
    case 'vector':
      return `${arrayElement(typeText(type.of))}[]`
    case 'union':
    case 'bare':
      return `Tl.${type.name}`
    default:
      return SCALARS[type.k] ?? 'never'
  }
}

function arrayElement(text: string): string {
  return text.includes(' ') ? `(${text})` : text
}

/** What a method answers: a result of type X is that of the request inside. */
function resultText(type: TypeRef): string {
  return type.k === 'any' ? 'unknown' : typeText(type)
}

function keyText(key: string): string {
  return /^\w+$/.test(key) ? key : `'${key}'`
}

function isOptional(field: Field): boolean {
  return field.flag !== undefined
}

/** The field of a complete object: every key is there. */
function fullField(field: Field): string {
  const absent = isOptional(field) && field.type.k !== 'true' ? ' | undefined' : ''
  return `${keyText(field.key)}: ${typeText(field.type)}${absent}`
}

/** The field as a factory takes it: what may be absent may be left out. */
function inputField(field: Field): string {
  if (!isOptional(field)) return fullField(field)
  return `${keyText(field.key)}?: ${typeText(field.type)} | undefined`
}

function visible(definition: Definition): readonly Field[] {
  return definition.fields.filter((field) => field.type.k !== '#')
}

function interfaceText(definition: Definition): string {
  const fields = [`_: '${definition.name}'`, ...visible(definition).map(fullField)]
  return `export interface ${localName(definition.name)} { ${fields.join('; ')} }`
}

function factoryText(definition: Definition): string {
  const fields = visible(definition)
  const made = definition.isFunction ? `Tl.Methods['${definition.name}']['req']` : `Tl.${definition.name}`
  const mark = fields.every(isOptional) ? '?' : ''
  const argument = fields.length === 0 ? '' : `fields${mark}: { ${fields.map(inputField).join('; ')} }`
  return `  '${definition.name}'(${argument}): ${made}`
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function namespaceOf(name: string): string {
  return name.includes('.') ? name.slice(0, name.indexOf('.')) : ''
}

function groupBy<V>(values: readonly V[], key: (value: V) => string): Map<string, V[]> {
  const groups = new Map<string, V[]>()
  for (const value of values) {
    const group = groups.get(key(value))
    if (group) group.push(value)
    else groups.set(key(value), [value])
  }
  return groups
}

/** The text of schema.d.ts. */
function typesText(definitions: readonly Definition[], errorNames: readonly string[]): string {
  const constructors = definitions.filter((definition) => !definition.isFunction)
  const methods = definitions.filter((definition) => definition.isFunction)
  const unions = groupBy(constructors, (definition) => definition.resultText)
  const declared = constructors.map((definition) => ({
    name: definition.name,
    text: interfaceText(definition),
  }))
  for (const [name, members] of unions) {
    const text = members.map((member) => `Tl.${member.name}`).join(' | ')
    declared.push({ name, text: `export type ${localName(name)} = ${text}` })
  }
  const blocks = [...groupBy(declared, (item) => namespaceOf(item.name))].map(([namespace, items]) => {
    const lines = items.map((item) => item.text)
    return namespace === '' ? lines.join('\n') : `export namespace ${namespace} {\n  ${lines.join('\n  ')}\n}`
  })
  const methodLines = methods.map((method) => {
    const fields = [`_: '${method.name}'`, ...visible(method).map(fullField)]
    return `  '${method.name}': { req: { ${fields.join('; ')} }; res: ${resultText(method.result)} }`
  })
  const record = (name: string, comment: string, lines: string[]): string =>
    `/** ${comment} */\nexport interface ${name} {\n${lines.join('\n')}\n}`
  return [
    HEADER,
    ...blocks,
    record(
      'Constructors',
      'By the name of the constructor.',
      constructors.map((c) => `  '${c.name}': Tl.${c.name}`),
    ),
    record(
      'Types',
      'By the name of the union type.',
      [...unions.keys()].map((name) => `  '${name}': Tl.${name}`),
    ),
    record('Methods', 'Request and result of every method.', methodLines),
    record(
      'Factories',
      'Make complete objects: each key is there, whatever was given.',
      definitions.map(factoryText),
    ),
    '/** An error that a method may answer, as schema/errors.tsv names it: `%d` stands for a number. */',
    `export type ErrorName =\n  | ${errorNames.map((name) => `'${name}'`).join('\n  | ')}`,
    '',
  ].join('\n')
}

const errorNames = [...new Set(readErrors().flatMap(({ names }) => names))].toSorted((a, b) =>
  a < b ? -1 : 1,
)
writeFileSync(TYPES_FILE, typesText(newestDefinitions(loadPool()), errorNames))
