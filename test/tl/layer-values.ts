import { decodeRequest } from '../../src/tl/decode.ts'
import { codecFor, NEWEST_LAYER } from '../../src/tl/encode.ts'
import { TlError } from '../../src/tl/error.ts'
import type { TlObject } from '../../src/tl/object.ts'
import type * as T from '../../src/tl/schema.d.ts'
import { heights, RandomValues } from './random-value.ts'
import { strictWrite } from './strict-write.ts'
import { plain, StrictLayer, strictPool, type StrictDefinition } from './strict.ts'

const { definitions } = strictPool()
const newest = new StrictLayer(definitions, NEWEST_LAYER)
const newestHeights = heights(newest)
const newestCodec = codecFor(NEWEST_LAYER)

/** What became of random values in one layer. */
export interface Outcome {
  readonly layer: number
  written: number
  /** How many of each constructor the layer could not say. */
  readonly refused: Map<string, number>
}

/** The constructors that a server sends: all that updates and results are made of. */
const answered: readonly StrictDefinition[] = reachable()

function reachable(): StrictDefinition[] {
  const found = new Set<StrictDefinition>()
  const visit = (type: string): void => {
    const name = type.replace(/^[Vv]ector<(.+)>$/, '$1')
    for (const member of newest.unions.get(name) ?? []) {
      if (found.has(member) || member.section.includes('mtproto')) continue
      found.add(member)
      for (const field of member.fields) visit(field.type)
    }
  }
  visit('Updates')
  for (const method of newest.byName.values()) {
    if (method.section === '---functions---') visit(method.result)
  }
  return [...found]
}

/**
 * Random newest objects, `share` of the reachable constructors, written for a layer. What is written must be readable by
 * that layer's definitions alone; throws otherwise.
 */
export function checkAnswers(number: number, seed: number, share: number): Outcome {
  const layer = new StrictLayer(definitions, number)
  const codec = codecFor(number)
  const outcome: Outcome = { layer: number, written: 0, refused: new Map() }
  for (const [i, definition] of sample(answered, seed + number, share)) {
    if (!layer.unions.has(definition.result)) continue
    const value = new RandomValues(newest, newestHeights, seed + i).object(definition)
    let bytes: Uint8Array | undefined
    told(definition.name, number, seed + i, () => {
      bytes = codec.tryEncode(value, definition.result)
    })
    if (bytes) {
      outcome.written++
      const written = bytes
      told(definition.name, number, seed + i, () => layer.read(written, definition.result))
    } else {
      outcome.refused.set(definition.name, (outcome.refused.get(definition.name) ?? 0) + 1)
    }
  }
  return outcome
}

/**
 * Random requests of a layer, `share` of its methods: each must come out as a valid request of the newest layer (which
 * the newest codec writes and reads back unchanged) or be refused as one that cannot be understood.
 */
export function checkRequests(number: number, seed: number, share: number): Outcome {
  const layer = new StrictLayer(definitions, number)
  const layerHeights = heights(layer)
  const methods = [...layer.byName.values()].filter(
    ({ section, result }) => section === '---functions---' && result !== 'X',
  )
  const outcome: Outcome = { layer: number, written: 0, refused: new Map() }
  for (const [i, definition] of sample(methods, seed + number, share)) {
    const value = new RandomValues(layer, layerHeights, seed + i, true).object(definition)
    told(definition.name, number, seed + i, () => {
      const request = decodeOrRefuse(strictWrite(layer, definition, value))
      if (!request || !newest.byName.has(request._)) {
        outcome.refused.set(definition.name, 1)
        return
      }
      outcome.written++
      const bytes = newestCodec.encodeRequest(request)
      if (plain(decodeRequest(bytes)) !== plain(request))
        throw new Error('it is not what the newest codec reads')
      newest.readRequest(bytes)
    })
  }
  return outcome
}

function decodeOrRefuse(bytes: Uint8Array): (T.AnyMethod & TlObject) | undefined {
  try {
    return decodeRequest(bytes)
  } catch (error) {
    if (error instanceof TlError) return undefined
    throw error
  }
}

/** Every so many of a list, with its place. */
function sample<V>(list: readonly V[], seed: number, share: number): [number, V][] {
  const step = Math.max(1, Math.round(1 / share))
  return [...list.entries()].filter(([i]) => (i + seed) % step === 0)
}

/** Runs a check and says with which value it failed. */
function told(name: string, layer: number, seed: number, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new Error(`${name} in layer ${layer}, seed ${seed}: ${String(error)}`, { cause: error })
  }
}
