import { parseArgs } from 'node:util'
import { parseConfig, type Config } from '../config.ts'

/** A command of `chappe`: one file, one entry in commands.ts. */
export interface CommandEntry {
  readonly name: string
  /** One line of `chappe help`. */
  readonly summary: string
  load(): Promise<Command>
}

/** What a command does. */
export interface Command {
  /** What `chappe help NAME` prints. */
  readonly usage: string
  /** Prints to stdout. What it throws is explained on stderr. */
  run(args: readonly string[]): Promise<void>
}

/** The command cannot go on; the message, one line, is for the user. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** What was typed after a command that works on the data of a server. */
export interface Parsed {
  readonly values: Readonly<Record<string, string | undefined>>
  readonly words: readonly string[]
  readonly config: Config
}

/** Reads the options of a command by their names, and --data, --database and --bus. Throws CommandError, ConfigError. */
export function parseCommand(args: readonly string[], names: readonly string[]): Parsed {
  const shared = ['data', 'database', 'bus']
  const options = Object.fromEntries([...shared, ...names].map((name) => [name, { type: 'string' as const }]))
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const flags = shared.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]))
  return { values, words: positionals, config: parseConfig(flags, process.env) }
}

/** The value of an option that must be given. */
export function required(parsed: Parsed, name: string): string {
  const value = parsed.values[name]
  if (value === undefined) throw new CommandError(`--${name} is missing`)
  return value
}

/** Prints a line. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
