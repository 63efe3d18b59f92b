import { must } from '../../../src/lib/assert.ts'
import { catalog } from '../../../src/tl/catalog.ts'

const UPDATES = new Set(catalog.unions.get('Updates')?.map(({ id }) => id | 0))

/** The constructor id of updatesTooLong. */
export const TOO_LONG = must(catalog.newest.get('updatesTooLong'), 'the pool has it').id | 0

/** How a constructor or method is called. */
export function nameOf(id: number): string {
  return catalog.byId.get(id)?.name ?? `a constructor 0x${(id >>> 0).toString(16)}`
}

export function isUpdates(id: number): boolean {
  return UPDATES.has(id)
}

/** https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message */
const REFUSALS: Readonly<Record<number, string>> = {
  16: 'msg_id too low',
  17: 'msg_id too high',
  18: 'msg_id of no client',
  19: 'a container that came before',
  20: 'too old to tell whether it came before',
  32: 'seq_no too low',
  33: 'seq_no too high',
  34: 'an odd seq_no',
  35: 'an even seq_no',
  64: 'an invalid container',
}

/** What a code of bad_msg_notification means. */
export function refusal(code: number): string {
  return `${code}, ${REFUSALS[code] ?? 'unknown'}`
}
