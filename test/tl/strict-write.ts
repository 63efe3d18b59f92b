import type { StrictDefinition, StrictField, StrictLayer } from './strict.ts'

/** Writes an object by the definitions of a layer, slowly and plainly. */
export function strictWrite(layer: StrictLayer, definition: StrictDefinition, value: object): Uint8Array {
  const parts: Buffer[] = []
  writeObject(layer, definition, value as Record<string, unknown>, parts, true)
  return Buffer.concat(parts)
}

function writeObject(
  layer: StrictLayer,
  definition: StrictDefinition,
  value: Record<string, unknown>,
  parts: Buffer[],
  isBoxed: boolean,
): void {
  if (isBoxed) parts.push(int(definition.id))
  for (const field of definition.fields) {
    if (field.type === '#') {
      const bits = definition.fields.filter(({ flag }) => flag?.word === field.name)
      const isThere = ({ key, type }: StrictField): boolean =>
        type === 'true' ? value[key] === true : value[key] !== undefined
      parts.push(int(bits.reduce((sum, one) => sum | (isThere(one) ? 1 << (one.flag?.bit ?? 0) : 0), 0)))
    } else if (field.type !== 'true' && value[field.key] !== undefined) {
      writeValue(layer, field.type, value[field.key], parts)
    }
  }
}

function writeValue(layer: StrictLayer, type: string, value: unknown, parts: Buffer[]): void {
  const vector = /^(V|v)ector<(.+)>$/.exec(type)
  if (vector) {
    const list = value as unknown[]
    if (vector[1] === 'V') parts.push(int(0x1cb5c415))
    parts.push(int(list.length))
    for (const element of list) writeValue(layer, vector[2] ?? '', element, parts)
    return
  }
  if (type === 'int') parts.push(int(value as number))
  else if (type === 'long') parts.push(long(BigInt(value as number | bigint)))
  else if (type === 'double') parts.push(double(value as number))
  else if (type === 'string') parts.push(text(Buffer.from(value as string)))
  else if (type === 'bytes') parts.push(text(Buffer.from(value as Uint8Array)))
  else if (type === 'int128' || type === 'int256') parts.push(Buffer.from(value as Uint8Array))
  else if (type === 'Bool') parts.push(int(value ? 0x997275b5 : 0xbc799737))
  else {
    const object = value as Record<string, unknown>
    const definition = layer.byName.get(object['_'] as string) as StrictDefinition
    writeObject(layer, definition, object, parts, type !== definition.name)
  }
}

function int(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32LE(value | 0)
  return buffer
}

function long(value: bigint): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64LE(value)
  return buffer
}

function double(value: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeDoubleLE(value)
  return buffer
}

function text(value: Buffer): Buffer {
  const head = value.length < 254 ? Buffer.from([value.length]) : Buffer.from([254, 0, 0, 0])
  if (value.length >= 254) head.writeUIntLE(value.length, 1, 3)
  return Buffer.concat([head, value, Buffer.alloc((4 - ((head.length + value.length) % 4)) % 4)])
}
