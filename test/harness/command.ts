import { runCommand } from '../../src/cli/run.ts'
import type { CommandResult } from './server.ts'

/** Runs one command of `chappe` in this process, one at a time: most of a command is the start of a process. */
export async function runCommandHere(args: readonly string[]): Promise<CommandResult> {
  const [stdout, stderr] = [listen(process.stdout), listen(process.stderr)]
  try {
    const code = await runCommand(args)
    return { code, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    stdout.stop()
    stderr.stop()
  }
}

/** Keeps what is written to a stream, in place of writing it. */
function listen(stream: NodeJS.WriteStream): { text(): string; stop(): void } {
  const own = Object.getOwnPropertyDescriptor(stream, 'write')
  let text = ''
  stream.write = (chunk: Uint8Array | string): boolean => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
  const stop = (): void => {
    if (own) Object.defineProperty(stream, 'write', own)
    else Reflect.deleteProperty(stream, 'write')
  }
  return { text: () => text, stop }
}
