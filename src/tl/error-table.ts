import { readFileSync } from 'node:fs'

const ERRORS_FILE = new URL('../../schema/errors.tsv', import.meta.url)

/** One line of schema/errors.tsv: the errors of one code that a method documents; method `*` is any. */
export interface DocumentedErrors {
  readonly method: string
  readonly code: number
  readonly names: readonly string[]
}

/** Reads schema/errors.tsv. */
export function readErrors(): DocumentedErrors[] {
  const lines = readFileSync(ERRORS_FILE, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => {
    const [method = '', code = '', names = ''] = line.split('\t')
    return { method, code: Number(code), names: names.split(' ') }
  })
}

/** The code of each error. */
export function loadErrors(): Map<string, number> {
  return new Map(readErrors().flatMap(({ code, names }) => names.map((name) => [name, code])))
}
