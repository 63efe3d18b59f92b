import { writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must } from '../../../src/lib/assert.ts'
import type { Bench } from '../bench.ts'
import type { CpuProfile } from '../inspector.ts'
import type { Done } from '../load/traffic.ts'
import { AT_ONCE } from './handshakes.ts'

const TOP = 40
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** What can be sampled. */
const WORK: Readonly<Record<string, (bench: Bench, measureMs: number) => Promise<Done>>> = {
  messages: ({ load, scale: { window, warmMs } }, measureMs) =>
    load.run('messages', { target: 'server', window, warmMs, measureMs }),
  files: ({ load, scale: { warmMs } }, measureMs) =>
    load.run('uploads', { target: 'server', connections: 4, window: 4, warmMs, measureMs }),
  handshakes: ({ load, address, publicKey, scale: { warmMs } }, measureMs) =>
    load.run('handshakes', { address, publicKey, atOnce: AT_ONCE, warmMs, measureMs }),
}
export const PROFILED: readonly string[] = Object.keys(WORK)

/** Gives the server work while it is sampled; writes the profile and returns where the time went. */
export async function profileWork(bench: Bench, name: string, file: string): Promise<string> {
  const { inspector, scale, say } = bench
  const work = must(WORK[name], 'the work is one that is profiled')
  say('warming up')
  await work(bench, scale.measureMs / 2)
  say('sampling')
  const running = work(bench, scale.measureMs)
  const profiling = await inspector.profile()
  const { perSecond } = await running
  const profile = await profiling.stop()
  await writeFile(file, JSON.stringify(profile))
  return `${perSecond.toFixed(0)} ${name} a second while sampled\n\n${summary(profile)}`
}

/** Shares of the time by room, and by function. */
function summary(profile: CpuProfile): string {
  const selfUs = new Map<number, number>()
  profile.samples.forEach((id, i) => selfUs.set(id, (selfUs.get(id) ?? 0) + profile.timeDeltas[i]!))
  const total = [...selfUs.values()].reduce((sum, us) => sum + us, 0)
  const byRoom = new Map<string, number>()
  const byFunction = new Map<string, number>()
  for (const { id, callFrame } of profile.nodes) {
    const us = selfUs.get(id) ?? 0
    const place = placeOf(callFrame.url)
    add(byRoom, roomOf(place, callFrame.functionName), us)
    add(byFunction, `${callFrame.functionName || '(anonymous)'} ${place}:${callFrame.lineNumber + 1}`, us)
  }
  const list = (map: Map<string, number>): string =>
    [...map]
      .sort((a, b) => b[1] - a[1])
      .slice(0, TOP)
      .map(([name, us]) => `${((us / total) * 100).toFixed(1).padStart(5)} %  ${name}`)
      .join('\n')
  return `${list(byRoom)}\n\n${list(byFunction)}`
}

function placeOf(url: string): string {
  if (!url.startsWith('file:')) return url
  return relative(ROOT, fileURLToPath(url))
}

/** src/mtproto, src/tl, a package, or what Node and V8 do themselves. */
function roomOf(place: string, name: string): string {
  const parts = place.split('/')
  if (parts[0] === 'src') return parts.slice(0, 2).join('/')
  if (parts[0] === 'node_modules') return parts.slice(1, parts[1]?.startsWith('@') ? 3 : 2).join('/')
  if (name.startsWith('(')) return name
  return place.startsWith('node:') ? place.split('/')[0]! : place || 'native'
}

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us)
}
