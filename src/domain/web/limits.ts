import type { PageCodePurpose } from './code-store.ts'

/** Bounds of codes that open a page. How often one may be asked for or tried from an address stands in rpc/limits.ts. */

/** Characters of a code that comes as a message: letters, digits, _ and -. */
export const CODE_LENGTH = 11
/** How long a code can be used, and how long somebody may take to write an appeal. */
export const CODE_LIFETIME_SEC: Readonly<Record<PageCodePurpose, number>> = {
  portal: 600,
  console: 600,
  'console second': 600,
  appeal: 600,
  'appeal proven': 3600,
}
/** How often a code may be entered wrongly before it is void. */
export const CODE_ATTEMPTS = 5
