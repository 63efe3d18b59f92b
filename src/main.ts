import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Code is stripped of its types and compiled once, not at every start: that halves the time of a command.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/chappe'))
const { runCommand } = await import('./cli/run.ts')

process.exitCode = await runCommand(process.argv.slice(2))
