import type { Catalog } from './catalog.ts'
import type { Definition, Field, TypeRef } from './pool.ts'

/** What a field that the source lacks holds: the expression of an empty value, or undefined when there is none. */
export function emptyValue(type: TypeRef): string | undefined {
  switch (type.k) {
    case 'int':
    case 'number53':
    case 'double':
      return '0'
    case 'long':
      return '0n'
    case 'string':
      return "''"
    case 'bytes':
      return 'new Uint8Array(0)'
    case 'Bool':
    case 'true':
      return 'false'
    case 'vector':
      return '[]'
    default:
      return undefined
  }
}

/** What an absent optional field holds in an object. */
export function absentValue(type: TypeRef): string {
  return type.k === 'true' ? 'false' : 'undefined'
}

/** The fields that an object has as properties. */
export function visibleFields(definition: Definition): Field[] {
  return definition.fields.filter((field) => field.type.k !== '#')
}

/** The definition whose shape objects of this one get: that of its name in the newest layer, or itself. */
export function shapeOf(catalog: Catalog, definition: Definition): Definition {
  const newest = catalog.newest.get(definition.name)
  return newest && newest.isFunction === definition.isFunction ? newest : definition
}
