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

/** The codes of errors: what a method documents, and what most methods do. */
export interface ErrorCodes {
  /** By `method name`. */
  readonly documented: ReadonlyMap<string, number>
  readonly usual: ReadonlyMap<string, number>
}

/** Indexes schema/errors.tsv. */
export function loadErrorCodes(): ErrorCodes {
  const documented = new Map<string, number>()
  const votes = new Map<string, Map<number, number>>()
  for (const { method, code, names } of readErrors()) {
    for (const name of names) {
      documented.set(`${method} ${name}`, code)
      const ballot = votes.get(name) ?? new Map<number, number>()
      votes.set(name, ballot.set(code, (ballot.get(code) ?? 0) + 1))
    }
  }
  const usual = new Map<string, number>()
  for (const [name, ballot] of votes) usual.set(name, [...ballot].reduce((a, b) => (b[1] > a[1] ? b : a))[0])
  return { documented, usual }
}
