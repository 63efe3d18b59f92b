import type { TestServer } from './in-process.ts'

/** How many connections or sessions of clients a server has. */
export async function levelOf(server: TestServer, name: 'connections' | 'sessions'): Promise<number> {
  const page = await fetch(new URL('/metrics', server.running.facts.url))
  return Number(new RegExp(`^chappe_${name} (\\d+)`, 'm').exec(await page.text())?.[1])
}
