import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { isTopLevelDomain } from './top-level-domains.ts'

/** A kind of entity that a text shows by itself. Kinds are looked for in order; what is taken is not looked at again. */
interface Finder {
  readonly pattern: RegExp
  readonly make: (offset: number, length: number) => T.MessageEntity
  /** How much of a match counts; 0 when it is none after all. */
  readonly accept?: (match: string) => number
}

const FINDERS: readonly Finder[] = [
  {
    pattern: /(?<![\p{L}\p{N}_@/])(?:https?|ftp|tg|ton|tonsite):\/\/[^\s<>"«»“”]+/giu,
    make: (offset, length) => tl.messageEntityUrl({ offset, length }),
    accept: linkLength,
  },
  {
    pattern: /(?<![\w.@+-])[\w.+-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,62}\.)[a-z0-9.-]{2,100}/gi,
    make: (offset, length) => tl.messageEntityEmail({ offset, length }),
    accept: emailLength,
  },
  {
    pattern:
      /(?<![\p{L}\p{N}_@./:-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,10}[\p{L}\p{N}-]{2,63}(?::\d{1,5})?(?:[/?#][^\s<>"«»“”]*)?/giu,
    make: (offset, length) => tl.messageEntityUrl({ offset, length }),
    accept: bareLinkLength,
  },
  {
    pattern: /(?<![\p{L}\p{N}_/])@[a-z0-9_]{3,32}(?![\p{L}\p{N}_])/giu,
    make: (offset, length) => tl.messageEntityMention({ offset, length }),
  },
  {
    pattern: /(?<![\p{L}\p{N}_/<])\/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\p{L}\p{N}_/<>])/giu,
    make: (offset, length) => tl.messageEntityBotCommand({ offset, length }),
  },
  {
    pattern:
      /(?<![\p{L}\p{N}_&#])#[\p{L}\p{M}\p{N}_\u200c]{1,255}(?:@[a-z0-9_]{3,32})?(?![\p{L}\p{M}\p{N}_#])/giu,
    make: (offset, length) => tl.messageEntityHashtag({ offset, length }),
    accept: (match) => (/[^\d#_]/.test(match) ? match.length : 0),
  },
  {
    pattern: /(?<![\p{L}\p{N}_$])\$[A-Z]{3,8}(?![\p{L}\p{N}_$])/gu,
    make: (offset, length) => tl.messageEntityCashtag({ offset, length }),
  },
  {
    pattern: /(?<![\p{L}\p{N}_+])\+\d[\d ()-]{5,20}\d(?![\p{L}\p{N}_])/gu,
    make: (offset, length) => tl.messageEntityPhone({ offset, length }),
    accept: phoneLength,
  },
]

/**
 * The entities that a text shows by itself: links, mail addresses, mentions, bot commands, hashtags, cashtags and phone
 * numbers, outside of code and of what the sender has linked. https://core.telegram.org/type/MessageEntity
 */
export function findEntities(text: string, given: readonly T.MessageEntity[]): T.MessageEntity[] {
  if (!/[@#$/.+:]/.test(text)) return []
  const taken = given
    .filter(isExclusive)
    .map((entity) => ({ start: entity.offset, end: entity.offset + entity.length }))
  const found: T.MessageEntity[] = []
  for (const finder of FINDERS) {
    for (const match of text.matchAll(finder.pattern)) {
      const length = finder.accept ? finder.accept(match[0]) : match[0].length
      const start = match.index
      const end = start + length
      if (length === 0 || taken.some((range) => range.start < end && start < range.end)) continue
      taken.push({ start, end })
      found.push(finder.make(start, length))
    }
  }
  return found
}

function isExclusive(entity: T.MessageEntity): boolean {
  return (
    entity._ === 'messageEntityCode' ||
    entity._ === 'messageEntityPre' ||
    entity._ === 'messageEntityTextUrl' ||
    entity._ === 'messageEntityMentionName' ||
    entity._ === 'messageEntityFormattedDate'
  )
}

/** Punctuation that ends the sentence, and a bracket that was opened before the link, are not part of it. */
function linkLength(match: string): number {
  let length = match.length
  for (;;) {
    const last = match[length - 1]
    if (last === undefined) return 0
    const isClosing = last === ')' || last === ']' || last === '}'
    if (isClosing && isBalanced(match.slice(0, length), last)) break
    if (!isClosing && !'.,:;!?\'"…'.includes(last)) break
    length--
  }
  return match.slice(0, length).endsWith('://') ? 0 : length
}

function isBalanced(text: string, closing: string): boolean {
  const opening = { ')': '(', ']': '[', '}': '{' }[closing] ?? ''
  return text.split(opening).length >= text.split(closing).length
}

function bareLinkLength(match: string): number {
  const length = linkLength(match)
  const host = match.slice(0, length).split(/[/?#:]/, 1)[0] ?? ''
  const labels = host.split('.')
  if (labels.some((label) => label === '' || label.endsWith('-'))) return 0
  return labels.length > 1 && isTopLevelDomain(labels.at(-1) ?? '') ? length : 0
}

function emailLength(match: string): number {
  const length = linkLength(match)
  const labels = match.slice(0, length).split('@')[1]?.split('.') ?? []
  if (labels.length < 2 || labels.some((label) => label === '')) return 0
  return isTopLevelDomain(labels.at(-1) ?? '') ? length : 0
}

function phoneLength(match: string): number {
  const digits = match.replace(/\D/g, '').length
  return digits >= 7 && digits <= 15 ? match.length : 0
}
