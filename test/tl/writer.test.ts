import { describe, expect, test } from 'vitest'
import { TlWriter } from '../../src/tl/writer.ts'

describe('a writer used for value after value', () => {
  test('leaves what it gave as it was, across buffers and whatever the sizes', () => {
    const writer = new TlWriter()
    const given = Array.from({ length: 3000 }, (_, i) => {
      const text = String.fromCodePoint(97 + (i % 26)).repeat((i * 37) % 5000)
      writer.string(text)
      return { text, bytes: writer.finish() }
    })
    for (const { text, bytes } of given) expect(readString(bytes)).toBe(text)
  })

  test('forgets what was rewound, and moves a value that outgrows the buffer with what it holds', () => {
    const writer = new TlWriter(64)
    writer.int(1)
    const first = writer.finish()
    writer.int(0)
    const at = writer.position
    writer.string('forgotten')
    writer.rewind(at)
    writer.raw(new Uint8Array(1000).fill(7))
    writer.patchInt(at - 4, 0x0201)
    const second = writer.finish()
    expect([...first]).toEqual([1, 0, 0, 0])
    expect(second).toHaveLength(1004)
    expect([...second.subarray(0, 8)]).toEqual([1, 2, 0, 0, 7, 7, 7, 7])
  })

  test.each(['', 'a', 'abc', 'abcd', 'é', 'aé', 'abcdé', '€uro', 'a\u{1f600}b', '\0', '\u00ff'.repeat(20)])(
    'pads %j with zeros over what the buffer held',
    (text) => {
      const writer = new TlWriter(64)
      writer.raw(new Uint8Array(64).fill(255))
      writer.rewind(0)
      writer.string(text)
      const bytes = writer.finish()
      const length = Buffer.byteLength(text)
      expect(readString(bytes)).toBe(text)
      expect(bytes).toHaveLength((length + 4) & ~3)
      expect([...bytes.subarray(length + 1)].every((byte) => byte === 0)).toBe(true)
    },
  )
})

function readString(bytes: Uint8Array): string {
  const isShort = bytes[0] !== 254
  const start = isShort ? 1 : 4
  const [, low = 0, middle = 0, high = 0] = bytes
  const length = isShort ? (bytes[0] ?? 0) : low | (middle << 8) | (high << 16)
  return Buffer.from(bytes.subarray(start, start + length)).toString()
}
