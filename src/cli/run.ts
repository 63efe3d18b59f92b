import { COMMANDS } from './commands.ts'
import { explain } from './explain.ts'

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
    await command.run(rest)
    return 0
  } catch (error) {
    const explained = explain(error)
    const told = explained ?? (error instanceof Error ? error.stack : String(error))
    process.stderr.write(`chappe ${name}: ${told}\n`)
    return explained === undefined ? 1 : USER_FAULT
  }
}
