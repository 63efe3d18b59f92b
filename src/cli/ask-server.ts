import { CommandError } from './command.ts'
import { findServerFile } from './server-file.ts'

const ANSWER_MS = 60_000

/**
 * Has the server of this data directory do something, if it is running: what it does itself, its clients see at once.
 * Undefined when it is not, or is another one by now. Throws CommandError with what it refused.
 */
export async function askServer<A>(
  dataDir: string,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<A | undefined> {
  const file = await findServerFile(dataDir)
  if (!file) return undefined
  const answer = await fetch(`${file.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${file.adminToken}` },
    body: new URLSearchParams(fields),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch(() => undefined)
  if (answer?.status === 400) throw new CommandError(await answer.text())
  return answer?.ok ? ((await answer.json()) as A) : undefined
}
