import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { MessageFlag } from '../../views/message.ts'
import { findEntities } from './find-entities.ts'
import { LANGUAGE_LENGTH, LINK_LENGTH, MESSAGE_ENTITIES, MESSAGE_LENGTH, REQUEST_ENTITIES } from './limits.ts'
import { nestEntities } from './nest-entities.ts'

/** Text as it is stored: trimmed, its entities within it, sorted and nested. */
export interface FormattedText {
  readonly text: string
  readonly entities: readonly T.MessageEntity[]
}

/** Whom an entity mentions, once its InputUser has been checked; undefined when there is no such user. */
export type MentionedUser = (input: T.InputUser) => number | undefined

/**
 * Brings the text of a request into the form in which it is stored and shown: control characters and surrounding
 * whitespace go, entities are checked, moved along, nested, and joined by those that the text itself shows (links,
 * mentions, hashtags, ...). Throws ENTITY_BOUNDS_INVALID, ENTITIES_TOO_LONG, MESSAGE_TOO_LONG. An empty text is left to the caller. https://core.telegram.org/api/entities
 */
export function formatText(
  text: string,
  entities: readonly T.MessageEntity[] | undefined,
  mentioned: MentionedUser,
): FormattedText {
  const given = entities ?? []
  if (given.length > REQUEST_ENTITIES) throw rpcError('ENTITIES_TOO_LONG')
  for (const entity of given) checkBounds(text, entity)
  const clean = cleanText(text)
  const kept = given.flatMap((entity) => {
    const known = knownEntity(entity, mentioned)
    return known ? [moveEntity(known, clean)] : []
  })
  const inside = kept.filter((entity) => entity.length > 0)
  const trimmed = trimText(clean.text, inside)
  if (characters(trimmed.text) > MESSAGE_LENGTH) throw rpcError('MESSAGE_TOO_LONG')
  const nested = nestEntities([...trimmed.entities, ...findEntities(trimmed.text, trimmed.entities)])
  return { text: trimmed.text, entities: nested.slice(0, MESSAGE_ENTITIES) }
}

/** Positions count UTF-16 code units, as JavaScript does, and must not stand inside a character. */
function checkBounds(text: string, entity: T.MessageEntity): void {
  const { offset, length } = entity
  const end = offset + length
  if (offset < 0 || length < 0 || end > text.length || splitsPair(text, offset) || splitsPair(text, end)) {
    throw rpcError('ENTITY_BOUNDS_INVALID')
  }
}

function splitsPair(text: string, position: number): boolean {
  const unit = text.charCodeAt(position)
  const before = text.charCodeAt(position - 1)
  return unit >= 0xdc00 && unit < 0xe000 && before >= 0xd800 && before < 0xdc00
}

/** How many characters (code points) a text has. */
export function characters(text: string): number {
  let count = text.length
  for (let i = 1; i < text.length; i++) if (splitsPair(text, i)) count--
  return count
}

interface CleanText {
  readonly text: string
  /** Original positions of the characters that went, ascending. */
  readonly removed: readonly number[]
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNWANTED = /[\0-\x09\x0b-\x1f\u2028-\u202e]/g
// Carriage returns, separators and marks that turn the direction of writing go; other control characters become spaces.
const DROPPED = /[\r\u2028-\u202e]/

function cleanText(text: string): CleanText {
  const removed: number[] = []
  const clean = text.replace(UNWANTED, (unit, position: number) => {
    if (!DROPPED.test(unit)) return ' '
    removed.push(position)
    return ''
  })
  return { text: clean, removed }
}

function moveEntity(entity: T.MessageEntity, clean: CleanText): T.MessageEntity {
  if (clean.removed.length === 0) return entity
  const shift = (position: number): number =>
    position - clean.removed.filter((removed) => removed < position).length
  const offset = shift(entity.offset)
  return { ...entity, offset, length: shift(entity.offset + entity.length) - offset }
}

/** Whitespace around the text goes, but for the indentation of a code block that the text begins with. */
function trimText(text: string, entities: readonly T.MessageEntity[]): FormattedText {
  const codeStart = Math.min(...entities.map((entity) => (isCode(entity) ? entity.offset : Infinity)))
  const start = Math.min(text.length - text.trimStart().length, codeStart)
  const end = text.trimEnd().length
  if (end <= start) return { text: '', entities: [] }
  const moved = entities.flatMap((entity) => {
    const offset = Math.max(entity.offset, start)
    const length = Math.min(entity.offset + entity.length, end) - offset
    return length > 0 ? [{ ...entity, offset: offset - start, length }] : []
  })
  return { text: text.slice(start, end), entities: moved }
}

function isCode(entity: T.MessageEntity): boolean {
  return entity._ === 'messageEntityPre' || entity._ === 'messageEntityCode'
}

/** What a sender may mark up. What the text itself shows is found anew; custom emoji need a subscription. */
function knownEntity(entity: T.MessageEntity, mentioned: MentionedUser): T.MessageEntity | undefined {
  switch (entity._) {
    case 'messageEntityBold':
    case 'messageEntityItalic':
    case 'messageEntityUnderline':
    case 'messageEntityStrike':
    case 'messageEntitySpoiler':
    case 'messageEntityCode':
    case 'messageEntityBlockquote':
    case 'messageEntityFormattedDate':
      return entity
    case 'messageEntityPre':
      return { ...entity, language: entity.language.trim().slice(0, LANGUAGE_LENGTH) }
    case 'messageEntityTextUrl': {
      const url = linkTarget(entity.url)
      return url === undefined ? undefined : { ...entity, url }
    }
    case 'inputMessageEntityMentionName':
      return mentionEntity(entity, mentioned)
    default:
      return undefined
  }
}

function mentionEntity(
  entity: T.inputMessageEntityMentionName,
  mentioned: MentionedUser,
): T.messageEntityMentionName | undefined {
  const userId = mentioned(entity.userId)
  const { offset, length } = entity
  return userId === undefined ? undefined : tl.messageEntityMentionName({ offset, length, userId })
}

/** A link as it is stored: with a scheme that clients open. Undefined when it is none. */
function linkTarget(url: string): string | undefined {
  const trimmed = url.trim()
  if (trimmed === '' || trimmed.length > LINK_LENGTH || /\s/.test(trimmed)) return undefined
  const withScheme = /^[a-z][a-z0-9+.-]*:/i.test(trimmed) ? trimmed : `http://${trimmed}`
  if (!/^(https?|ftp|tg|ton|tonsite|mailto|tel):/i.test(withScheme)) return undefined
  return URL.canParse(withScheme) ? withScheme : undefined
}

/** Shared links are found by a bit of the message's flags. */
export function urlFlag(entities: readonly T.MessageEntity[]): number {
  const hasUrl = entities.some(
    (entity) => entity._ === 'messageEntityUrl' || entity._ === 'messageEntityTextUrl',
  )
  return hasUrl ? MessageFlag.hasUrl : 0
}
