import { flushCompileCache } from 'node:module'
import { COMMANDS } from './commands.ts'

/** The exit code when what was typed, or what it finds, is at fault; 1 is a fault of ours. */
const USER_FAULT = 2

/** Runs the command that was typed and returns its exit code. `chappe COMMAND --help` is `chappe help COMMAND`. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const wantsHelp = args.length === 0 || args.includes('--help') || args.includes('-h')
  const words = args.filter((arg) => !arg.startsWith('-'))
  const [name = 'help', ...rest] = wantsHelp ? ['help', ...words.slice(0, 1)] : args
  const command = COMMANDS.find((each) => each.name === name)
  if (!command) {
    process.stderr.write(`chappe: there is no command ${name}; \`chappe help\` lists them\n`)
    return USER_FAULT
  }
  try {
    const loaded = await command.load()
    // A server may run for long, and be killed.
    flushCompileCache()
    await loaded.run(rest)
    return 0
  } catch (error) {
    // It knows every error of the server, which is not needed when there is none.
    const { explain } = await import('./explain.ts')
    const explained = explain(error)
    const told = explained ?? (error instanceof Error ? error.stack : String(error))
    process.stderr.write(`chappe ${name}: ${told}\n`)
    return explained === undefined ? 1 : USER_FAULT
  }
}
