/**
 * `npm run test:layers`: clients of many layers, each in a conversation with one of the newest.
 *
 *   npm run test:layers [-- NAME…] [--write] [--log-level LEVEL]
 *
 * NAME picks the clients whose alias contains it; --write puts the table into docs/clients.md.
 */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startServerProcess } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { freeNet } from '../interop/world.ts'
import { listClients } from './clients.ts'
import type { ClientSpec } from './clients.ts'
import type { Errand, Outcome } from './errand.ts'
import { installClients } from './install.ts'
import { STEPS } from './scenario.ts'
import { clientsDocument } from './table.ts'

const ROOT = join(import.meta.dirname, '../..')
const CLIENT_MS = 180_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, 'log-level': { type: 'string', default: 'warn' } },
})
installClients()
const chosen = listClients().filter(
  ({ alias }) => positionals.length === 0 || positionals.some((name) => alias.includes(name)),
)
const results = await talkToAll(chosen)
const failed = results.filter(({ outcome }) => outcome.failures.length > 0).length
if (values.write) await writeFile(join(ROOT, 'docs/clients.md'), clientsDocument(results))
console.log(`${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function talkToAll(specs: readonly ClientSpec[]): Promise<{ spec: ClientSpec; outcome: Outcome }[]> {
  const { net, addresses } = await freeNet()
  const args = ['--log-level', values['log-level']]
  await using server = await startServerProcess({ alsoListen: addresses, args })
  const app = await server.createApp()
  await mkdir(join(ROOT, 'node_modules/.cache'), { recursive: true })
  const directory = await mkdtemp(join(ROOT, 'node_modules/.cache/layers-'))
  const { fingerprint, publicKey, thisDc } = server.file
  const { host, port } = server
  const facts = { host, port, dc: thisDc, publicKey, fingerprint, ...app, directory }
  const results: { spec: ClientSpec; outcome: Outcome }[] = []
  for (const [number, spec] of specs.entries()) {
    const library =
      spec.library && (await adapted(server, spec.library, net, join(directory, `${spec.alias}.so`)))
    const logged = server.output().length
    const outcome = await talk({ spec, facts, number: number + 1000, library })
    results.push({ spec, outcome })
    report(spec, outcome, server.output().slice(logged))
  }
  await rm(directory, { recursive: true, force: true })
  return results
}

async function adapted(server: ServerProcess, library: string, net: string, out: string): Promise<string> {
  const { code, stderr } = await server.chappe('adapt', library, '--out', out, '--net', net)
  if (code !== 0) throw new Error(`chappe adapt ${library}: ${stderr}`)
  return out
}

function talk(errand: Errand): Promise<Outcome> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'one.ts'), JSON.stringify(errand)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), CLIENT_MS)
  let printed = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const found = /^outcome (.*)$/m.exec(printed)?.[1]
      if (found) return resolve(JSON.parse(found) as Outcome)
      const why = `the client ended with ${code ?? signal}:\n${printed}${errors}`
      resolve({ passed: 0, failures: [{ step: 'run', why }], seconds: 0 })
    })
  })
}

function report({ alias, release }: ClientSpec, { passed, failures, seconds }: Outcome, log: string): void {
  const isGood = failures.length === 0
  const sum = `${passed} of ${STEPS.length} steps, ${seconds.toFixed(1)} s`
  console.log(`${isGood ? 'ok  ' : 'FAIL'}  ${alias} (${release}): ${sum}`)
  for (const { step, why } of failures) console.log(`      ${step}: ${why.replaceAll('\n', '\n        ')}`)
  if (!isGood && log) console.log(`      the server meanwhile:\n${log}`)
}
