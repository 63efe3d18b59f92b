import type postgres from 'postgres'
import { arrayTypeOf } from './array-types.ts'

/** The driver's own function, which can more than is good here. */
export type Driver = postgres.Sql<{ bigint: bigint }>

/**
 * SQL as a tagged template; values become parameters. Columns: int4 is number, int8 is bigint, bytea is Uint8Array. A
 * statement runs when it is awaited; one that stands inside another is a part of it.
 */
export interface Sql extends Pick<Driver, 'unsafe' | 'array'> {
  <T extends readonly (object | undefined)[] = postgres.Row[]>(
    template: TemplateStringsArray,
    ...values: readonly postgres.ParameterOrFragment<bigint>[]
  ): postgres.PendingQuery<T>
  /** Rows to be inserted: the columns and the values of `insert into …`. */
  (rows: readonly object[]): postgres.Helper<readonly object[], []>
}

/**
 * Makes SQL of whatever driver `target` returns at the time. The driver takes an array of bigints, bytes or booleans for
 * one of them; here it learns better.
 */
export function sqlOf(target: () => Driver): Sql {
  const tagged = (first: TemplateStringsArray | readonly object[], ...values: unknown[]): unknown => {
    const driver = target() as unknown as { (...args: unknown[]): unknown; typed: Driver['typed'] }
    if (!('raw' in first)) return driver(first, ...values)
    const typed = values.map((value) => {
      const type = Array.isArray(value) ? arrayTypeOf(value) : undefined
      return type === undefined ? value : driver.typed(value, type)
    })
    return driver(first, ...typed)
  }
  const sql = Object.assign(tagged, {
    unsafe: (...args: Parameters<Driver['unsafe']>) => target().unsafe(...args),
    array: (...args: Parameters<Driver['array']>) => target().array(...args),
  })
  return sql as unknown as Sql // The call signatures say more than `tagged` does.
}
