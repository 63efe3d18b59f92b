import { readdirSync, readFileSync } from 'node:fs'

/** Processor time in microseconds, of one process and of all that it has started. */
export interface ProcessorTime {
  readonly own: number
  readonly below: number
}

/**
 * What a process and its descendants have used so far. Unlike what is timed, it hardly depends on what else the machine
 * does. Undefined where there is no /proc.
 */
export function processorTime(pid: number): ProcessorTime | undefined {
  const parents = readParents()
  if (!parents) return undefined
  let below = 0
  for (const other of parents.keys()) if (descendsFrom(parents, other, pid)) below += usedBy(other)
  return { own: usedBy(pid), below }
}

function readParents(): Map<number, number> | undefined {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]))
  } catch {
    return undefined
  }
}

function parentOf(pid: string): number {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function descendsFrom(parents: ReadonlyMap<number, number>, pid: number, ancestor: number): boolean {
  for (let parent = parents.get(pid); parent; parent = parents.get(parent))
    if (parent === ancestor) return true
  return false
}

/** All threads together; the file counts nanoseconds. */
function usedBy(pid: number): number {
  let sum = 0
  for (const thread of list(`/proc/${pid}/task`)) {
    sum += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) / 1000
  }
  return sum
}

/** Processes end while they are looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
