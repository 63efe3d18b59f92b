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
/** An interrupt at the terminal comes from there, and again from npm or npx, which pass it on. */
const SAME_SIGNAL_MS = 500

export const start: Command = {
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

/** Resolves at the first signal to stop, which may come during the start. A second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const onSignal = (): void => {
      const now = performance.now()
      if (firstAt === undefined) resolve()
      else if (now - firstAt > SAME_SIGNAL_MS) process.exit(1)
      firstAt ??= now
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal)
  })
}
