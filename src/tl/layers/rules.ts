import type { Definition } from '../pool.ts'
import { covers, type DownRule, type Fallback, type ResultRule, type Topic, type UpRule } from './rule.ts'
import { account } from './rules/account.ts'
import { bots } from './rules/bots.ts'
import { calls } from './rules/calls.ts'
import { chats } from './rules/chats.ts'
import { fallbacks } from './rules/fallbacks.ts'
import { forums } from './rules/forums.ts'
import { keyboards } from './rules/keyboards.ts'
import { media } from './rules/media.ts'
import { messages } from './rules/messages.ts'
import { payments } from './rules/payments.ts'
import { peers } from './rules/peers.ts'
import { reactions } from './rules/reactions.ts'
import { stories } from './rules/stories.ts'

/** Every topic's rules; stand-ins that say something before those that say nothing. */
export const TOPICS: readonly Topic[] = [
  messages,
  peers,
  chats,
  forums,
  account,
  media,
  reactions,
  bots,
  keyboards,
  stories,
  calls,
  payments,
  fallbacks,
]

export const PAIRS = TOPICS.flatMap(({ pairs }) => pairs ?? [])
const UP_RULES: readonly UpRule[] = TOPICS.flatMap(({ up }) => up ?? [])
const DOWN_RULES: readonly DownRule[] = TOPICS.flatMap(({ down }) => down ?? [])
export const RESULT_RULES: readonly ResultRule[] = TOPICS.flatMap(({ results }) => results ?? [])
export const FALLBACKS: ReadonlyMap<string, readonly Fallback[]> = Map.groupBy(
  TOPICS.flatMap((topic) => topic.fallbacks ?? []),
  ({ union }) => union,
)

const upByName = byNames(UP_RULES)
const downByName = byNames(DOWN_RULES)

function byNames<R extends { from: string }>(rules: readonly R[]): Map<string, R[]> {
  const pairs = rules.flatMap((rule) => rule.from.split(' ').map((name) => ({ name, rule })))
  const groups = Map.groupBy(pairs, ({ name }) => name)
  return new Map([...groups].map(([name, list]) => [name, list.map(({ rule }) => rule)]))
}

/** What decoding an old definition takes: all rules that share a layer with it and are about its fields. */
export function upRule(definition: Definition): UpRule | undefined {
  const keys = new Set(definition.fields.map(({ key }) => key))
  const isMeant = ({ layers, uses, fields, to }: UpRule): boolean => {
    if (!definition.ranges.some(({ first, last }) => first <= layers[1] && layers[0] <= last)) return false
    if (uses) return uses.split(' ').some((key) => keys.has(key))
    return to !== undefined || Object.keys(fields ?? {}).some((key) => !keys.has(key))
  }
  return merged(upByName.get(definition.name)?.filter(isMeant))
}

/** What encoding a newest constructor for a layer takes. */
export function downRule(name: string, layer: number): DownRule | undefined {
  return merged(downByName.get(name)?.filter(({ layers }) => covers(layers, layer)))
}

function merged<R extends UpRule | DownRule>(rules: readonly R[] | undefined): R | undefined {
  if (!rules || rules.length < 2) return rules?.[0]
  const fields = Object.assign({}, ...rules.map((rule) => rule.fields)) as R['fields']
  const isTotal = rules.every((rule) => !rule.fields || ('isTotal' in rule && rule.isTotal))
  const uses = rules.map((rule) => ('uses' in rule ? rule.uses : '')).join(' ')
  return { ...rules.reduce((all, rule) => ({ ...all, ...rule })), fields, isTotal, uses }
}
