import { within } from '../harness/server.ts'
import type { Errand, Outcome } from './errand.ts'
/** One client and its friend, in a process of their own: libraries of so many years cannot share one. */
import { mtcuteOfToday, openClient } from './open.ts'
import { STEPS } from './scenario.ts'
import type { Cast } from './scenario.ts'
import { TlCorrespondent } from './tl-correspondent.ts'

const STEP_MS = 40_000
/** The code of every number of the test range of DC 2. */
const CODE = '22222'

const errand = JSON.parse(process.argv[2] ?? '') as Errand
// Old libraries let promises fail that nobody waits for.
const unhandled: string[] = []
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)))
process.on('uncaughtException', (error) => unhandled.push(String(error)))
// What they print is not the outcome.
const say = console.log
for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
  console[method] = (...args: unknown[]) => process.stderr.write(`${args.map(String).join(' ')}\n`)
}
const outcome = await converse(errand)
say(`outcome ${JSON.stringify(outcome)}`)
process.exit(0)

async function converse({ spec, facts, number }: Errand): Promise<Outcome> {
  const begun = performance.now()
  const failures: { step: string; why: string }[] = []
  let passed = 0
  const cast = await castOf(number).catch((error: unknown) =>
    String(error instanceof Error ? error.stack : error),
  )
  if (typeof cast === 'string') return { passed, failures: [{ step: 'prepare', why: cast }], seconds: 0 }
  for (const step of STEPS) {
    try {
      await within(step.run(cast), STEP_MS, () => `step "${step.name}"`)
      passed++
    } catch (error) {
      failures.push({ step: step.name, why: explain(error) })
      if (step.name === 'log in') break
    }
  }
  return { passed, failures, seconds: (performance.now() - begun) / 1000 }

  async function castOf(number: number): Promise<Cast> {
    const { directory } = facts
    const one = await openClient(spec, facts, errand.library)
    const phone = phoneOf(2 * number)
    const friendPhone = phoneOf(2 * number + 1)
    const username = `one_${number}`
    const friendUsername = `friend_${number}`
    const first = new TlCorrespondent(await mtcuteOfToday(facts), facts)
    await first.signUp(phone, CODE, 'One', username)
    await first.quit()
    const friend = new TlCorrespondent(await mtcuteOfToday(facts), facts)
    await friend.signUp(friendPhone, CODE, 'Friend', friendUsername)
    return { one, friend, phone, code: CODE, username, friendPhone, friendUsername, directory, written: [] }
  }
}

function phoneOf(number: number): string {
  return `+999662${String(number).padStart(4, '0')}`
}

function explain(error: unknown): string {
  const why = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)
  return [why, ...unhandled.splice(0)].join('\n')
}
