import { catalog } from './catalog.ts'
import { runSource } from './compile.ts'
import type { TlObject } from './object.ts'
import type { Definition } from './pool.ts'
import type * as T from './schema.d.ts'
import { absentValue, visibleFields } from './shape.ts'

type Make = (fields?: object) => TlObject

/**
 * Makes TL objects of the newest layer: `tl.peerUser({ userId })`, `tl['messages.dialogs']({ … })`.
 *
 * What is made always has every field, in the order of the definition: absent ones are undefined, absent flags false.
 * All objects of a constructor have one hidden class then, which encoding depends on: one shape costs 0.6 µs, many
 * shapes cost 17 µs.
 */
export const tl: T.Factories = makeFactories()

function makeFactories(): T.Factories {
  const table: Record<string, Make> = {}
  for (const definition of catalog.newest.values()) {
    let make: Make | undefined
    table[definition.name] = (fields) => (make ??= compileFactory(definition))(fields)
  }
  // Made of the same definitions as the type.
  return table as unknown as T.Factories
}

/** One literal with all fields, the same that the compiled readers build. */
function compileFactory(definition: Definition): Make {
  const entries = visibleFields(definition).map((field) => {
    const key = JSON.stringify(field.key)
    const isFalse = field.flag && absentValue(field.type) === 'false'
    return `${key}: fields[${key}]${isFalse ? ' ?? false' : ''}`
  })
  const literal = [`_: ${JSON.stringify(definition.name)}`, ...entries].join(', ')
  return runSource({ none: {} }, `return function (fields = none) { return { ${literal} } }`) as Make
}
