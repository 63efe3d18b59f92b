/**
 * Runs source text made from the pool: the body of a function whose parameters are the names of `scope`.
 *
 * Readers, writers and factories are compiled this way, each when it is first needed: straight-line code for each
 * definition is several times faster than a loop over its fields, and thousands of definitions as committed code would
 * be megabytes. The text holds names, types and bits of definitions in this repository, nothing from outside.
 */
export function runSource(scope: Readonly<Record<string, unknown>>, body: string): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval
  const run = new Function(...Object.keys(scope), body) as (...values: unknown[]) => unknown
  return run(...Object.values(scope))
}
