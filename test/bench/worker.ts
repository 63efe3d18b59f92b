import { fork } from 'node:child_process'
import { once } from 'node:events'

/** What a worker can be asked to do, by name. Arguments and results are plain data. */
export type Tasks = Readonly<Record<string, (args: never) => Promise<unknown>>>

/** A process of its own that does tasks when it is asked to. */
export interface Worker<T extends Tasks> extends AsyncDisposable {
  readonly pid: number
  run<N extends keyof T & string>(name: N, args: Parameters<T[N]>[0]): Promise<Awaited<ReturnType<T[N]>>>
}

interface Question {
  readonly id: number
  readonly name: string
  readonly args: unknown
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** Starts `file` as a process; it calls `serveTasks`. */
export async function startWorker<T extends Tasks>(file: string): Promise<Worker<T>> {
  const child = fork(file, { execArgv: ['--expose-gc'], serialization: 'advanced' })
  // Until it says so, it would miss what it is told.
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended before it began`))),
  ])
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.error === undefined) asked?.resolve(answer.result as never)
    else asked?.reject(new Error(answer.error))
  })
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code ?? signal}`))
  })
  let lastId = 0
  return {
    pid: child.pid!,
    run(name, args) {
      const question: Question = { id: ++lastId, name, args }
      return new Promise((resolve, reject) => {
        waiting.set(question.id, { resolve, reject })
        child.send(question)
      })
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** The other side: answers what the parent asks for, until the parent is gone. */
export function serveTasks(tasks: Tasks): void {
  const answer = (reply: Answer): void => void process.send?.(reply)
  const fail = (id: number, error: unknown): void =>
    answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.on('message', ({ id, name, args }: Question) => {
    const task = tasks[name]
    if (!task) return fail(id, `there is no task ${name}`)
    task(args as never).then(
      (result) => answer({ id, result }),
      (error: unknown) => fail(id, error),
    )
  })
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
}
