/** A moment as people read it, in UTC: `2026-11-21 13:05`. */
export function minuteText(sec: number): string {
  return new Date(sec * 1000).toISOString().slice(0, 16).replace('T', ' ')
}

/** The day of a moment, in UTC: `2026-11-21`. */
export function dayText(sec: number): string {
  return new Date(sec * 1000).toISOString().slice(0, 10)
}
