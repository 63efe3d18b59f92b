import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatText } from '../../../src/domain/messages/text.ts'
import { tl } from '../../../src/tl/factories.ts'
import type * as T from '../../../src/tl/schema.d.ts'

const nobody = (): undefined => undefined
const format = (text: string, entities?: T.MessageEntity[]) => formatText(text, entities, nobody)
/** What the text shows by itself, as pairs of kind and text. */
const shown = (text: string): string[] =>
  format(text).entities.map(
    (entity) =>
      `${entity._.replace('messageEntity', '')} ${text.slice(entity.offset, entity.offset + entity.length)}`,
  )

describe('what a text shows by itself', () => {
  test.each([
    ['see https://example.com/a?b=c#d, please', ['Url https://example.com/a?b=c#d']],
    ['(see http://example.com/x_(y))', ['Url http://example.com/x_(y)']],
    ['example.com and sub.example.co.uk/path.', ['Url example.com', 'Url sub.example.co.uk/path']],
    ['пример.рф', ['Url пример.рф']],
    ['no link: file.txt, 1.5, e.g., a..b', []],
    ['mail me@example.com!', ['Email me@example.com']],
    ['@durov, @ab, x@durov_x and (@botfather)', ['Mention @durov', 'Mention @botfather']],
    ['/start /help@some_bot a/b //x', ['BotCommand /start', 'BotCommand /help@some_bot']],
    ['#tag #тег #123 a#b #1a', ['Hashtag #tag', 'Hashtag #тег', 'Hashtag #1a']],
    ['$USD $us $TOOLONGNAME 5$EUR', ['Cashtag $USD']],
    ['call +1 (555) 123-4567 or 123', ['Phone +1 (555) 123-4567']],
    ['plain words only', []],
  ])('%s', (text, entities) => {
    expect(shown(text)).toEqual(entities)
  })

  test('code and links of the sender are left alone', () => {
    const text = '@durov @durov @durov'
    const entities = [
      tl.messageEntityCode({ offset: 0, length: 6 }),
      tl.messageEntityTextUrl({ offset: 7, length: 6, url: 'example.com' }),
    ]
    expect(format(text, entities).entities).toEqual([
      entities[0],
      tl.messageEntityTextUrl({ offset: 7, length: 6, url: 'http://example.com' }),
      tl.messageEntityMention({ offset: 14, length: 6 }),
    ])
  })
})

describe('entities of the sender', () => {
  test('overlapping styles are nested, equal ones joined', () => {
    const entities = [
      tl.messageEntityItalic({ offset: 3, length: 5 }),
      tl.messageEntityBold({ offset: 0, length: 3 }),
      tl.messageEntityBold({ offset: 3, length: 2 }),
    ]
    expect(format('abcdefgh', entities).entities).toEqual([
      tl.messageEntityBold({ offset: 0, length: 5 }),
      tl.messageEntityItalic({ offset: 3, length: 2 }),
      tl.messageEntityItalic({ offset: 5, length: 3 }),
    ])
  })

  test('nothing is styled inside of code', () => {
    const entities = [
      tl.messageEntityBold({ offset: 0, length: 8 }),
      tl.messageEntityCode({ offset: 2, length: 3 }),
    ]
    expect(format('abcdefgh', entities).entities).toEqual([
      tl.messageEntityBold({ offset: 0, length: 2 }),
      tl.messageEntityCode({ offset: 2, length: 3 }),
      tl.messageEntityBold({ offset: 5, length: 3 }),
    ])
  })

  test('entities move with what is taken out of the text', () => {
    const entities = [tl.messageEntityBold({ offset: 3, length: 5 })]
    expect(format('\n \rbo\rld\u202e', entities)).toEqual({
      text: 'bold',
      entities: [tl.messageEntityBold({ offset: 0, length: 4 })],
    })
  })

  test('links that no client opens are dropped', () => {
    const link = (url: string) =>
      format('text', [tl.messageEntityTextUrl({ offset: 0, length: 4, url })]).entities
    expect(link('javascript:alert(1)')).toEqual([])
    expect(link('tg://user?id=1')).toHaveLength(1)
    expect(link('not a link')).toEqual([])
  })
})

test('whatever the text and its entities, what is stored is within it, sorted and nested', () => {
  const kinds = [
    (offset: number, length: number) => tl.messageEntityBold({ offset, length }),
    (offset: number, length: number) => tl.messageEntityItalic({ offset, length }),
    (offset: number, length: number) => tl.messageEntityCode({ offset, length }),
    (offset: number, length: number) => tl.messageEntityBlockquote({ offset, length }),
    (offset: number, length: number) => tl.messageEntityTextUrl({ offset, length, url: 'https://a.example' }),
  ]
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('@durov ', 'a.com', ' #x ', '\r\n', '+1555123456'),
  )
  const marks = fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.nat(kinds.length - 1)), { maxLength: 8 })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), marks, (parts, given) => {
      const text = parts.join('')
      const entities = given.flatMap(([from, length, kind]) => {
        const fits = from + length <= text.length && isWhole(text, from) && isWhole(text, from + length)
        return fits ? [kinds[kind]!(from, length)] : []
      })
      const stored = format(text, entities)
      let open: T.MessageEntity[] = []
      let last = 0
      for (const entity of stored.entities) {
        const end = entity.offset + entity.length
        expect(entity.length).toBeGreaterThan(0)
        expect(end).toBeLessThanOrEqual(stored.text.length)
        expect(entity.offset).toBeGreaterThanOrEqual(last)
        last = entity.offset
        open = open.filter((outer) => outer.offset + outer.length > entity.offset)
        for (const outer of open) expect(end).toBeLessThanOrEqual(outer.offset + outer.length)
        open.push(entity)
      }
      expect(stored.text).toBe(stored.text.trimEnd())
      // Only code may begin with whitespace.
      const isCode = stored.entities.some((entity) => entity.offset === 0 && entity._ === 'messageEntityCode')
      if (!isCode) expect(stored.text).toBe(stored.text.trimStart())
    }),
    { numRuns: 300 },
  )
})

function isWhole(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  const before = text.charCodeAt(at - 1)
  return !(code >= 0xdc00 && code < 0xe000 && before >= 0xd800 && before < 0xdc00)
}
