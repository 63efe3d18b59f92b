import type { Db, Tx } from '../../store/database.ts'
import { publishedApp, publishedApps, type PublishedApp } from './published.ts'
import { findApp, readApps, readBlocked, type App } from './store.ts'

/** An app that a client may name: one that is registered here, or one whose ids were published with its sources. */
export interface KnownApp extends PublishedApp {
  readonly isBlocked: boolean
  /** Undefined when its ids are published, and nothing more. */
  readonly registered: App | undefined
}

/** The app with this id. A registered one comes first: the host may have registered what is published. */
export async function findKnownApp(db: Db | Tx, apiId: number): Promise<KnownApp | undefined> {
  const app = await findApp(db, apiId)
  if (app) return knownBy(app)
  const published = publishedApp(apiId)
  if (!published) return undefined
  return onlyPublished(published, await readBlocked(db, [apiId]))
}

/** All apps, by id. */
export async function readKnownApps(db: Db | Tx): Promise<KnownApp[]> {
  const published = publishedApps()
  const [apps, blocked] = await Promise.all([
    readApps(db),
    readBlocked(
      db,
      published.map(({ apiId }) => apiId),
    ),
  ])
  const registered = new Set(apps.map(({ apiId }) => apiId))
  const others = published.filter(({ apiId }) => !registered.has(apiId))
  const all = [...apps.map(knownBy), ...others.map((app) => onlyPublished(app, blocked))]
  return all.toSorted((a, b) => a.apiId - b.apiId)
}

function knownBy(app: App): KnownApp {
  const { apiId, apiHash, title, isBlocked } = app
  return { apiId, apiHash, title, isBlocked, registered: app }
}

function onlyPublished({ apiId, apiHash, title }: PublishedApp, blocked: ReadonlySet<number>): KnownApp {
  return { apiId, apiHash, title, isBlocked: blocked.has(apiId), registered: undefined }
}
