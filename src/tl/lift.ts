import { PAIRS } from './layers/rules.ts'
import type { TypeRef } from './pool.ts'

/**
 * How a value of one definition becomes a value of another of the same name: the part that decoding (old → newest)
 * and encoding (newest → the client's layer) share. A conversion is a JavaScript expression.
 */

/** Whether two types are the same in every respect. */
function sameType(a: TypeRef, b: TypeRef): boolean {
  if (a.k !== b.k) return false
  if (a.k === 'vector' && b.k === 'vector') return a.bare === b.bare && sameType(a.of, b.of)
  if ((a.k === 'union' && b.k === 'union') || (a.k === 'bare' && b.k === 'bare')) return a.name === b.name
  return true
}

const NUMBERS: ReadonlySet<string> = new Set(['int', 'number53', 'double'])

/**
 * The expression that turns `value` of type `from` into type `to`, or undefined when no conversion exists. `pairs`
 * are the functions of rules, in scope of the expression as an array of that name.
 */
export function convert(from: TypeRef, to: TypeRef, value: string): string | undefined {
  if (sameType(from, to)) return value
  const pair = pairOf(from, to)
  if (pair >= 0) return `pairs[${pair}].make(${value})`
  if (from.k === 'vector' && to.k === 'vector') {
    const element = convert(from.of, to.of, 'x')
    if (element === undefined) return undefined
    if (element === 'x') return value
    return isPartial(from.of, to.of)
      ? `${value}.flatMap((x) => ${element} ?? [])`
      : `${value}.map((x) => ${element})`
  }
  const isTruth = (type: TypeRef): boolean => type.k === 'Bool' || type.k === 'true'
  if (isTruth(from) && isTruth(to)) return value
  if (from.k === 'double' && (to.k === 'int' || to.k === 'number53')) return `Math.trunc(${value})`
  if (NUMBERS.has(from.k) && NUMBERS.has(to.k)) return value
  if ((from.k === 'int' || from.k === 'number53') && to.k === 'long') return `BigInt(${value})`
  if (from.k === 'long' && to.k === 'int') return `Number(BigInt.asIntN(32, ${value}))`
  if (from.k === 'long' && to.k === 'number53') return `Number(${value})`
  if (from.k === 'string' && to.k === 'bytes') return `textBytes(${value})`
  if (from.k === 'bytes' && to.k === 'string') return `bytesText(${value})`
  return undefined
}

function pairOf(from: TypeRef, to: TypeRef): number {
  return PAIRS.findIndex((rule) => rule.from === typeName(from) && rule.to === typeName(to))
}

/** Whether the conversion of a value may come to nothing. */
export function isPartial(from: TypeRef, to: TypeRef): boolean {
  return PAIRS[pairOf(from, to)]?.isPartial === true
}

/** A type as TL writes it; a long that is a number here is a `number`. */
function typeName(type: TypeRef): string {
  switch (type.k) {
    case 'vector':
      return `${type.bare ? 'v' : 'V'}ector<${typeName(type.of)}>`
    case 'union':
    case 'bare':
      return type.name
    case 'number53':
      return 'number'
    default:
      return type.k
  }
}

/** Functions that conversions call. */
export const conversions = {
  textBytes: (value: string): Uint8Array => new Uint8Array(Buffer.from(value)),
  bytesText: (value: Uint8Array): string => Buffer.from(value).toString(),
}
