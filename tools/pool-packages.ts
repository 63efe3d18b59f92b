import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** Which registry a package is in: each is asked through its ordinary client (npm, pip, cargo). */
export type Registry = 'npm' | 'pypi' | 'crates'

/** Unpacked packages are kept here: a published version never changes. */
const CACHE = new URL('../node_modules/.cache/chappe-pool/', import.meta.url).pathname

/** The folder of an unpacked package, downloaded when it is not at hand. */
export function packageFolder(registry: Registry, name: string, version: string): string {
  const folder = join(CACHE, registry, `${name.replace('/', '+')}-${version}`)
  if (existsSync(folder)) return folder
  mkdirSync(join(CACHE, registry), { recursive: true })
  const dir = mkdtempSync(join(tmpdir(), 'chappe-pool-'))
  try {
    renameSync(DOWNLOADS[registry](name, version, dir), folder)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  return folder
}

/** Each downloads into an empty folder and gives the path of what it unpacked there. */
const DOWNLOADS: Record<Registry, (name: string, version: string, dir: string) => string> = {
  npm(name, version, dir) {
    run('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', dir])
    run('tar', ['xzf', onlyFile(dir), '-C', dir])
    return join(dir, 'package')
  },
  pypi(name, version, dir) {
    run('pip', ['download', '--quiet', '--no-deps', '--dest', dir, `${name}==${version}`])
    const file = onlyFile(dir)
    const folder = join(dir, 'unpacked')
    mkdirSync(folder)
    if (file.endsWith('.whl')) run('python3', ['-m', 'zipfile', '-e', file, folder])
    else run('tar', ['xzf', file, '-C', folder, '--strip-components', '1'])
    return folder
  },
  crates(name, version, dir) {
    const manifest = `[package]\nname = "pool"\nversion = "0.0.0"\n[lib]\npath = "lib.rs"\n[dependencies]\n`
    writeFileSync(join(dir, 'Cargo.toml'), `${manifest}${name} = "=${version}"\n`)
    writeFileSync(join(dir, 'lib.rs'), '')
    run('cargo', ['fetch', '--quiet', '--manifest-path', join(dir, 'Cargo.toml')])
    const sources = join(process.env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'registry', 'src')
    const found = readdirSync(sources)
      .map((index) => join(sources, index, `${name}-${version}`))
      .find((path) => existsSync(path))
    if (!found) throw new Error(`cargo has not unpacked ${name} ${version}`)
    run('cp', ['-r', found, join(dir, 'unpacked')])
    return join(dir, 'unpacked')
  },
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

function onlyFile(dir: string): string {
  const [file, more] = readdirSync(dir)
  if (file === undefined || more !== undefined) throw new Error(`one file in ${dir}`)
  return join(dir, file)
}
