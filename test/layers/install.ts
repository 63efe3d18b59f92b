import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ALPHA = join(import.meta.dirname, 'node_modules/gramjs-105')

/** Installs the clients that package-lock.json names, when that has not been done since it changed. */
export function installClients(): void {
  const done = join(import.meta.dirname, 'node_modules/.package-lock.json')
  const lock = join(import.meta.dirname, 'package-lock.json')
  if (!existsSync(done) || statSync(done).mtimeMs < statSync(lock).mtimeMs) {
    console.log('installing the clients, about 900 MB')
    // Their scripts build what is not used here; one of them is run below.
    run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=http')
  }
  if (!existsSync(join(ALPHA, 'gramjs/tl/AllTLObjects.js'))) {
    console.log('generating the code of the oldest GramJS')
    run(process.execPath, 'index.js', 'gen', 'tl', 'errors')
    mendAlpha(join(ALPHA, 'gramjs/tl'))
  }
}

/**
 * The generator of GramJS 1.0.0-alpha.2 leaves out parentheses, which makes all flags 0, and wraps optional fields in
 * arrays that cannot be written: it could only make calls without any optional field. It also names a file as only some
 * systems find it. What it says on the wire is put right; what it reads is left alone.
 */
function mendAlpha(directory: string): void {
  const errors = join(directory, '../errors/RPCErrorList.js')
  writeFileSync(errors, readFileSync(errors, 'utf8').replace('./rpcbaseerrors', './RPCBaseErrors'))
  for (const entry of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!/^(functions|types)\/.*\.js$/.test(entry)) continue
    const path = join(directory, entry)
    const text = readFileSync(path, 'utf8')
    const mended = text
      .replaceAll(/\(this\.(\w+) === undefined \|\| [^)]*\) \? 0 : \d+/g, '($&)')
      .replaceAll(/(\? Buffer\.alloc\(0\) : )\[(.*)\],$/gm, '$1$2,')
    writeFileSync(path, mended)
  }
}

function run(command: string, ...args: readonly string[]): void {
  const cwd = command === 'npm' ? import.meta.dirname : ALPHA
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`)
}
