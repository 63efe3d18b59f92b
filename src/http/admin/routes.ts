import { ADMIN_DEEDS, ADMIN_PAGES } from './admins.ts'
import { ANNOUNCEMENT_DEEDS, ANNOUNCEMENT_PAGES } from './announcements.ts'
import { APPEAL_DEEDS, APPEAL_PAGES } from './appeals.ts'
import { APP_DEEDS, APP_PAGES } from './apps.ts'
import { AUDIT_PAGES } from './audit.ts'
import type { ConsoleDeed, ConsoleImage, ConsolePage } from './call.ts'
import { CASE_DEEDS, CASE_IMAGES, CASE_PAGES } from './cases.ts'
import { CODE_PAGES } from './codes.ts'
import { HEALTH_PAGES } from './health.ts'
import { LIMIT_PAGES } from './limits.ts'
import { SANCTION_DEEDS, SANCTION_PAGES } from './sanctions.ts'
import { TERMS_DEEDS, TERMS_PAGES } from './terms.ts'
import { USER_DEEDS, USER_IMAGES, USER_PAGES } from './users.ts'

/** Every page of the console, with the right that it needs. */
export const PAGES: readonly ConsolePage[] = [
  ...HEALTH_PAGES,
  ...CASE_PAGES,
  ...APPEAL_PAGES,
  ...USER_PAGES,
  ...APP_PAGES,
  ...SANCTION_PAGES,
  ...LIMIT_PAGES,
  ...TERMS_PAGES,
  ...ANNOUNCEMENT_PAGES,
  ...CODE_PAGES,
  ...ADMIN_PAGES,
  ...AUDIT_PAGES,
]

/** Every image of the console, with the right that it needs. */
export const IMAGES: readonly ConsoleImage[] = [...CASE_IMAGES, ...USER_IMAGES]

/** Every form of the console, with the right that it needs. */
export const DEEDS: readonly ConsoleDeed[] = [
  ...CASE_DEEDS,
  ...APPEAL_DEEDS,
  ...USER_DEEDS,
  ...APP_DEEDS,
  ...SANCTION_DEEDS,
  ...TERMS_DEEDS,
  ...ANNOUNCEMENT_DEEDS,
  ...ADMIN_DEEDS,
]
