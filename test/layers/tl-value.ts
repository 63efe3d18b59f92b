import type { Parcel } from './parcel.ts'
import type { Stored } from './tl-files.ts'

/** What every library's objects are turned into: the schema's name in `_`, fields in camel case, longs as bigint. */
export interface TlValue {
  readonly _: string
  readonly [field: string]: unknown
}

/** A library of some layer that makes calls as TL says, and tells of updates likewise. */
export interface TlClient {
  /** The library with its version. */
  readonly name: string
  readonly layer: number
  /** Whether it asks for the difference by itself when it is back. */
  readonly catchesUp: boolean
  /** Called with what the server pushed. */
  onUpdate: (update: TlValue) => void
  /** What the library complained of. */
  readonly complaints: string[]
  connect(): Promise<void>
  /** The library's own way to log in, where it has one. */
  logIn?(phone: string, code: string): Promise<void>
  /** Tells the library that a login was made by calls. */
  noteLogin?(authorization: unknown): Promise<void>
  /** `params`: longs as bigint, objects with `_`. Resolves with the answer, `raw` as the library gave it. */
  call(method: string, params: Readonly<Record<string, unknown>>): Promise<{ value: TlValue; raw: unknown }>
  /** Sets a password, changes it to another and takes it away, by the library's own way where it has one. */
  guard?(first: string, second: string): Promise<void>
  /** Uploads a file, by the library's own way where it has one: an InputFile. */
  upload?(parcel: Parcel): Promise<TlValue>
  /** Downloads a file, by the library's own way where it has one that does for it. */
  download?(stored: Stored): Promise<Buffer | undefined>
  /** The names in the list of dialogs, by the library's own way where it has one. */
  listDialogs?(): Promise<string[] | undefined>
  /** Ends the client; what it stores stays. */
  quit(): Promise<void>
  /** Starts it again, logged in as before. */
  comeBack(): Promise<void>
}

/** An object of GramJS: classes tell their name, longs are big-integer's. */
export function fromGramjs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromGramjs)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  if (value instanceof Uint8Array) return value
  if ('toJSNumber' in value) return BigInt((value as object & { toString: () => string }).toString())
  const { className } = value as { className?: string }
  const name = className ?? value.constructor.name
  const fields = Object.entries(value).filter(
    ([key]) => /^[a-z][A-Za-z0-9]*$/.test(key) && !NOT_FIELDS.has(key),
  )
  return {
    _: lowerFirst(name),
    ...Object.fromEntries(fields.map(([key, field]) => [key, fromGramjs(field)])),
  }
}

const NOT_FIELDS = new Set(['originalArgs', 'className', 'classType', 'client', 'patternMatch'])

/** An object of mtcute: names and fields are as wanted, longs are Long. */
export function fromMtcute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromMtcute)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  if (value instanceof Uint8Array) return value
  if ('low' in value && 'high' in value)
    return BigInt((value as object & { toString: () => string }).toString())
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fromMtcute(field)]))
}

/** An object of @mtproto/core: fields in snake case, longs as strings of digits. */
export function fromSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromSnakeCase)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  if (value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [toCamel(key), fromSnakeCase(field)]))
}

/** The fields of `@mtproto/core` for ours. */
export function toSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCase)
  if (typeof value === 'bigint') return BigInt.asUintN(64, value).toString()
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([key, field]) => [toSnake(key), toSnakeCase(field)]))
}

function toSnake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function toCamel(key: string): string {
  return key === '_' ? key : key.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase())
}

/** `messages.SendMessage` and `messages.sendMessage`. */
function lowerFirst(name: string): string {
  return name.replace(/(^|\.)([A-Z])/, (_all, dot: string, letter: string) => dot + letter.toLowerCase())
}

export function upperFirst(name: string): string {
  return name.replace(
    /(^|\.)([a-z])([A-Za-z0-9]*)$/,
    (_all, dot: string, letter: string, rest: string) => `${dot}${letter.toUpperCase()}${rest}`,
  )
}

export function object(value: TlValue, field: string): TlValue | undefined {
  return value[field] as TlValue | undefined
}

export function list(value: TlValue, field: string): TlValue[] {
  return (value[field] as TlValue[] | undefined) ?? []
}

/** Ids: int below layer 133, long from there. */
export function number(value: TlValue | undefined, field: string): number {
  return Number(value?.[field] ?? 0)
}

export function string(value: TlValue | undefined, field: string): string {
  return (value?.[field] as string | undefined) ?? ''
}
