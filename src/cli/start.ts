import { OPTIONS, parseConfig } from '../config.ts'
import { startServer } from '../server.ts'
import { print, type Command } from './command.ts'

const options = OPTIONS.map(
  (option) => `--${option.name} ${option.value}\n    ${option.help}\n    Default: ${option.fallback}.`,
)

const usage = `chappe start [OPTIONS]

Serves until SIGTERM or SIGINT. Prints a line that begins with \`ready\` when it accepts connections. Every option is an
environment variable too: --log-level is CHAPPE_LOG_LEVEL.

${options.join('\n')}`

/** The contract promises ten seconds from the signal to the end. */
const STOP_TIMEOUT_MS = 9_500

export const start: Command = {
  name: 'start',
  summary: 'start the server',
  usage,
  async run(args) {
    const config = parseConfig(args, process.env)
    const told = stopSignal()
    const server = await startServer(config)
    print(`ready ${server.facts.url}`)
    await told
    const late = setTimeout(() => {
      process.stderr.write('chappe start: stopping took too long; it ends here\n')
      process.exit(1)
    }, STOP_TIMEOUT_MS)
    await server.stop()
    clearTimeout(late)
  },
}

/** Resolves at the first signal to stop. A signal during the start counts too; a second one ends the process. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}
