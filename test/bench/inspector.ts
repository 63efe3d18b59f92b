import { must } from '../../src/lib/assert.ts'
import { startServerProcess, type ServerProcess, type StartOptions } from '../harness/server.ts'

/** What a running Node process can be asked through its inspector. */
export interface Inspector {
  /** Bytes of memory that the process holds after a collection of garbage. */
  memory(): Promise<{ rss: number; heap: number }>
  /** Samples the processor until `stop`; the content of a .cpuprofile file. */
  profile(): Promise<{ stop(): Promise<CpuProfile> }>
  close(): void
}

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const SAMPLE_US = 200

/** Starts a server as a user starts it, but for the inspector. */
export async function startInspected(options: StartOptions = {}): Promise<ServerProcess> {
  const before = process.env['NODE_OPTIONS']
  process.env['NODE_OPTIONS'] = `${before ?? ''} --inspect=127.0.0.1:0`
  try {
    return await startServerProcess({
      args: ['--log-level', 'warn', '--flood-limits', 'off'],
      ...options,
    })
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  }
}

/** Connects to the inspector that a process started with --inspect has announced in its output. */
export async function connectInspector(output: string): Promise<Inspector> {
  const url = must(/Debugger listening on (ws:\S+)/.exec(output)?.[1], 'the process has an inspector')
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error(`${url} cannot be reached`)), { once: true })
  })
  const waiting = new Map<number, (result: never) => void>()
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as { id?: number; result?: unknown }
    if (answer.id === undefined) return
    waiting.get(answer.id)?.(answer.result as never)
    waiting.delete(answer.id)
  })
  let lastId = 0
  const ask = <R>(method: string, params: object = {}): Promise<R> => {
    const id = ++lastId
    socket.send(JSON.stringify({ id, method, params }))
    return new Promise((resolve) => waiting.set(id, resolve))
  }
  return {
    async memory() {
      for (let i = 0; i < 3; i++) await ask('HeapProfiler.collectGarbage')
      const { result } = await ask<{ result: { value: { rss: number; used: number } } }>('Runtime.evaluate', {
        expression: `(() => { const m = process.memoryUsage(); return { rss: m.rss, used: m.heapUsed + m.external } })()`,
        returnByValue: true,
      })
      return { rss: result.value.rss, heap: result.value.used }
    },
    async profile() {
      await ask('Profiler.enable')
      await ask('Profiler.setSamplingInterval', { interval: SAMPLE_US })
      await ask('Profiler.start')
      return {
        async stop() {
          const { profile } = await ask<{ profile: CpuProfile }>('Profiler.stop')
          await ask('Profiler.disable')
          return profile
        },
      }
    },
    close: () => socket.close(),
  }
}
