import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ClientSpec {
  /** The name under which package.json installs it: family-layer. */
  readonly alias: string
  readonly family: string
  readonly layer: number
  /** The package and its version. */
  readonly release: string
  /** TDLib's library as shipped. */
  readonly library?: string
}

/** What of package.json is read. */
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly overrides: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const FAMILIES: Readonly<Record<string, string>> = {
  gramjs: 'GramJS',
  mtcute: 'mtcute',
  'mtproto-core': '@mtproto/core',
  tdlib: 'TDLib',
  teleproto: 'teleproto',
}

/** Every client that package.json names, by layer. */
export function listClients(): ClientSpec[] {
  const path = join(import.meta.dirname, 'package.json')
  const { dependencies, overrides } = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  const specs = Object.entries(dependencies).map(([alias, wanted]): ClientSpec => {
    const [, family = '', layer] = /^(.*)-(\d+)$/.exec(alias) ?? []
    const release = wanted.replace(/^npm:/, '')
    const library = family === 'tdlib' ? { library: tdlibOf(alias, release) } : {}
    const core = overrides[alias]?.['@mtcute/core']
    const whole = core ? `${release} with @mtcute/core@${core}` : release
    return { alias, family: FAMILIES[family] ?? family, layer: Number(layer), release: whole, ...library }
  })
  return specs.sort((a, b) => a.layer - b.layer || a.alias.localeCompare(b.alias))
}

/** Old releases carry the libraries of all platforms in one package. */
function tdlibOf(alias: string, release: string): string {
  const inside = release.startsWith('@prebuilt-tdlib/') ? '.' : 'prebuilds/tdlib-linux-x64'
  return join(import.meta.dirname, 'node_modules', alias, inside, 'libtdjson.so')
}
