import { describeRule, RULES, SLOW_STRANGERS } from '../src/domain/abuse/rules.ts'
import { SENDS_WAITING_OF_ACCOUNT } from '../src/domain/messages/limits.ts'
import { defaultLimits } from '../src/mtproto/limits.ts'
import {
  BUSY_SHARED,
  CALL_PACES,
  CALLS_AT_ONCE,
  CALLS_OF_ACCOUNT,
  CALLS_OF_APP,
  CALLS_OF_APP_LEAST,
  CALLS_WAITING_OF_ACCOUNT,
  defaultRpcLimits,
  OTHER_CALLS,
  RATES,
  type CallPace,
  type RateLimit,
} from '../src/rpc/limits.ts'

const HOUR_SEC = 3600
const SANCTIONS = { slow: '`FLOOD_WAIT_X`', limited: '`PEER_FLOOD`', banned: 'a ban' } as const

/** docs/limits.md: what is counted, per whom, in what time, and the error beyond; from the data that the server reads. */
export function limitsDocument(): string {
  return `# Limits

Made by \`npm run docs\`. Whoever asks for more is told for how long to wait, as the
[API says](https://core.telegram.org/api/errors#420-flood); \`X\` is in seconds. What is counted by address counts an address of
IPv4, or a network of 64 bits of IPv6; this machine itself may do much more.

## Counted in the database

They survive a restart and hold over all nodes.

| what | per | how many | in | error | each call of |
|---|---|---:|---|---|---|
${Object.values<RateLimit>(RATES).map(rateRow).join('\n')}

## Counted in memory

For each account, because it comes too often for the database: so many at once, and so many a second for ever. Beyond,
\`FLOOD_WAIT_X\`. A restart forgives it, and each node counts for itself. \`--flood-limits off\` turns these off. Whoever calls on
without waiting is told so later and later.

| what | at once | a second | each call of |
|---|---:|---:|---|
${[...CALL_PACES, OTHER_CALLS].map(paceRow).join('\n')}

## Turns

Of one account ${CALLS_OF_ACCOUNT} calls run at a time, of all together ${CALLS_AT_ONCE}. The others wait, and apps take turns, and in each app
its accounts. While several apps call, those that call most have at most ${CALLS_OF_APP} calls running, and fewer, down to ${CALLS_OF_APP_LEAST}, as long
as the server works more than ${BUSY_SHARED * 100} % of the time.
Messages on their way to the database take turns in the same way, and no app has all statements while others send. Of one
account ${CALLS_WAITING_OF_ACCOUNT} calls may wait, and ${SENDS_WAITING_OF_ACCOUNT} messages; beyond, \`FLOOD_WAIT_X\`.

## Before anybody is logged in

Counted in memory, by address.

| what | how many | beyond |
|---|---:|---|
| connections at a time | ${defaultLimits.connectionsPerIp} | transport error -429 |
| bytes of unfinished packets | ${defaultLimits.pendingBytesPerIp} | the connection is closed |
| key exchanges | ${defaultLimits.handshakesPerIp} a second, ${defaultLimits.handshakeBurst} at once | transport error -429 |
| unknown keys named | ${defaultLimits.unknownKeysPerIp} a second, ${defaultLimits.unknownKeyBurst} at once | transport error -429 |
| calls of whoever is not logged in | ${defaultRpcLimits.strangerCalls} a second, ${defaultRpcLimits.strangerBurst} at once | \`FLOOD_WAIT_X\` |

## Observation

Accounts that use an app that the host did not register are judged by what they do to people who do not know them. An
administrator sees each sanction with its evidence, and can lift it. Whoever is slowed down may write to a stranger once in
${SLOW_STRANGERS.windowSec / 60} minutes.

| of | so many | leads to | for |
|---|---|---|---|
${RULES.map((rule) => `| ${rule.subject === 'user' ? 'an account' : 'an app'} | ${describeRule(rule)} | ${SANCTIONS[rule.leadsTo]} | ${rule.forSec === undefined ? 'until lifted' : duration(rule.forSec)} |`).join('\n')}
`
}

function rateRow({ kind, per, count, windowSec, error, methods }: RateLimit): string {
  return `| ${kind} | ${per} | ${count} | ${duration(windowSec)} | \`${error.replace('%d', 'X')}\` | ${listed(methods ?? [])} |`
}

function paceRow({ kind, methods, burst, perSec }: CallPace): string {
  return `| ${kind} | ${burst} | ${perSec} | ${listed(methods)} |`
}

function listed(methods: readonly string[]): string {
  return methods.map((method) => `\`${method}\``).join(' ')
}

function duration(sec: number): string {
  const hours = sec / HOUR_SEC
  if (hours % 24 === 0) return hours === 24 ? 'a day' : `${hours / 24} days`
  return hours === 1 ? 'an hour' : `${hours} hours`
}
