import type postgres from 'postgres'

/**
 * Arrays of the types that columns have. The driver can ask the database for all of its types on every new connection;
 * these are known, so it need not. The numbers are PostgreSQL's own (pg_type.dat) and never change.
 */
export const ARRAY_TYPES: Readonly<Record<string, postgres.PostgresType>> = {
  booleans: arrayType(
    1000,
    (each) => (each === true ? 't' : 'f'),
    (text) => text === 't',
  ),
  bytes: arrayType(
    1001,
    (each) => `\\x${asBuffer(each).toString('hex')}`,
    (text) => Buffer.from(text.slice(2), 'hex'),
  ),
  smallints: arrayType(1005, String, Number),
  ints: arrayType(1007, String, Number),
  texts: arrayType(1009, String, (text) => text),
  bigints: arrayType(1016, String, BigInt),
}

/** The type of an array that the driver would take for a single value of that kind. */
export function arrayTypeOf(values: readonly unknown[]): number | undefined {
  const first = values.find((value) => value !== null)
  if (typeof first === 'bigint') return 1016
  if (typeof first === 'boolean') return 1000
  return first instanceof Uint8Array ? 1001 : undefined
}

function arrayType(
  oid: number,
  write: (each: unknown) => string,
  read: (text: string) => unknown,
): postgres.PostgresType {
  return {
    to: oid,
    from: [oid],
    serialize: (values: unknown) => (Array.isArray(values) ? writeArray(values, write) : String(values)),
    parse: (text: string) => readArray(text).map((each) => (each === null ? null : read(each))),
  }
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function writeArray(values: readonly unknown[], write: (each: unknown) => string): string {
  const items = values.map((each) => (each === null ? 'NULL' : `"${write(each).replace(/["\\]/g, '\\$&')}"`))
  return `{${items.join(',')}}`
}

/** The items of a flat array, as text; null for NULL. */
function readArray(text: string): (string | null)[] {
  const items: (string | null)[] = []
  const pattern = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/gs
  for (const [, quoted, bare] of text.matchAll(pattern)) {
    if (quoted !== undefined) items.push(quoted.replace(/\\(.)/gs, '$1'))
    else items.push(bare === 'NULL' ? null : (bare ?? ''))
  }
  return items
}

function asBuffer(value: unknown): Buffer {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(String(value))
}
