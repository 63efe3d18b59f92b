/**
 * Remembers what a pure function gave for its latest keys. The result depends on the key alone, so whoever shares the
 * memory cannot tell.
 */
export function memoised<K, V>(limit: number, make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    if (known.size >= limit) known.clear()
    known.set(key, made)
    return made
  }
}
