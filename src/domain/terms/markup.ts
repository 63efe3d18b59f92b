import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { findEntities } from '../messages/find-entities.ts'
import { nestEntities } from '../messages/nest-entities.ts'

/** A text and what is set apart in it. */
interface Formatted {
  readonly text: string
  readonly entities: readonly T.MessageEntity[]
}

/** A heading, a part in bold, or a link with a text. */
const MARK =
  /^#{1,6} +(?<heading>.+?) *$|\*\*(?<bold>[^*\n]+)\*\*|\[(?<label>[^\]\n]+)\]\((?<url>https?:\/\/[^)\s]+)\)/gmu

/**
 * Reads the little of Markdown that a document of rules is written with: `# headings`, `**bold**`, `[text](https://…)`.
 * Links and mail addresses that stand there as such are found too.
 */
export function readMarkup(source: string): Formatted {
  const clean = source.replaceAll('\r\n', '\n').trim()
  const entities: T.MessageEntity[] = []
  let text = ''
  let at = 0
  for (const match of clean.matchAll(MARK)) {
    text += clean.slice(at, match.index)
    at = match.index + match[0].length
    const { heading, bold, label, url } = match.groups ?? {}
    const shown = heading ?? bold ?? label ?? ''
    const place = { offset: text.length, length: shown.length }
    entities.push(
      url === undefined ? tl.messageEntityBold(place) : tl.messageEntityTextUrl({ ...place, url }),
    )
    text += shown
  }
  text += clean.slice(at)
  const links = findEntities(text, entities).filter(
    ({ _ }) => _ === 'messageEntityUrl' || _ === 'messageEntityEmail',
  )
  return { text, entities: nestEntities([...entities, ...links]) }
}
