import { readFileSync } from 'node:fs'

/** An app whose api_id and api_hash were published with the sources of its client. */
export interface PublishedApp {
  readonly apiId: number
  readonly apiHash: string
  readonly title: string
}

const FILE = new URL('../../../schema/published-apps.tsv', import.meta.url)

const TABLE: ReadonlyMap<number, PublishedApp> = new Map(
  readFileSync(FILE, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [apiId = '', apiHash = '', title = ''] = line.split('\t')
      return [Number(apiId), { apiId: Number(apiId), apiHash, title }]
    }),
)

/** The published app with this id, by schema/published-apps.tsv. https://core.telegram.org/api/obtaining_api_id */
export function publishedApp(apiId: number): PublishedApp | undefined {
  return TABLE.get(apiId)
}

/** All of them. */
export function publishedApps(): PublishedApp[] {
  return [...TABLE.values()]
}
