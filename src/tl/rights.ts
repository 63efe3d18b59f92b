import { readFileSync } from 'node:fs'
import { must } from '../lib/assert.ts'

/** Who may call a method. `anyone` includes those not logged in yet. */
export type Rights = 'anyone' | 'user' | 'bot' | 'both'

const RIGHTS_FILE = new URL('../../schema/rights.tsv', import.meta.url)

const TABLE: ReadonlyMap<string, Rights> = new Map(
  readFileSync(RIGHTS_FILE, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t') as [string, Rights]),
)

/** Who may call a method of the API, by schema/rights.tsv. */
export function methodRights(name: string): Rights {
  return must(TABLE.get(name), `schema/rights.tsv has ${name}`)
}
