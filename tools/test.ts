/**
 * `npm test`: every check, then every test, each with its result as it comes. The last line is `N passed, N failed`,
 * where a check counts as one. What follows `--` names the tests to run, and leaves out the checks.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

interface Check {
  readonly name: string
  readonly command: readonly string[]
}

interface Counts {
  readonly passed: number
  readonly failed: number
}

/** What of vitest's JSON report is counted. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

const ROOT = join(import.meta.dirname, '..')
const BIN = join(ROOT, 'node_modules', '.bin')
const CHECKS: readonly Check[] = [
  { name: 'types of the API are made', command: [process.execPath, 'tools/types.ts'] },
  { name: 'types', command: [join(BIN, 'tsc'), '--noEmit'] },
  { name: 'lint', command: [join(BIN, 'oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [join(BIN, 'oxfmt'), '--check', '.'] },
  { name: 'dead code', command: [join(BIN, 'knip')] },
  { name: 'documents are fresh', command: [process.execPath, 'tools/docs.ts', '--check'] },
]

const chosen = process.argv.slice(2)
let passed = 0
let failed = 0
if (chosen.length === 0) {
  for (const check of CHECKS) {
    if (await runCheck(check)) passed++
    else failed++
  }
}
const tests = await runTests(chosen)
passed += tests.passed
failed += tests.failed
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** Shows what a check says only when it fails. */
async function runCheck(check: Check): Promise<boolean> {
  const begun = performance.now()
  const { code, output } = await run(check.command, 'collect')
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${check.name} (${seconds} s)`)
  if (code !== 0) console.log(output.trimEnd())
  return code === 0
}

async function runTests(chosen: readonly string[]): Promise<Counts> {
  const dir = mkdtempSync(join(tmpdir(), 'chappe-report-'))
  const file = join(dir, 'report.json')
  const vitest = [
    join(BIN, 'vitest'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]
  const { code } = await run([...vitest, ...chosen], 'show')
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined
  rmSync(dir, { recursive: true })
  if (!report) return { passed: 0, failed: 1 }
  // A file that does not even load, or fails outside its tests, has no failed test to count.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  )
  const failed = report.numFailedTests + broken.length
  // Errors outside every test make vitest fail too.
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }
}

function run(
  command: readonly string[],
  mode: 'show' | 'collect',
): Promise<{ code: number | null; output: string }> {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: ROOT,
    // The tools find the locked Node, also when npm does not run this.
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', mode === 'show' ? 'inherit' : 'pipe', mode === 'show' ? 'inherit' : 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: error.message }))
    child.once('close', (code) => resolve({ code, output }))
  })
}
