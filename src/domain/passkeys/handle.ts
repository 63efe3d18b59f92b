import type { UserId } from '../../lib/ids.ts'

/**
 * What an authenticator remembers of an account: its datacenter and id.
 * https://core.telegram.org/api/passkeys
 */
export function userHandle(dc: number, userId: UserId): string {
  return `${dc}:${userId}`
}

/**
 * Whose handle this is; undefined when it is none. People move from one datacenter to another, so that is not
 * looked at.
 */
export function userOfHandle(handle: string): UserId | undefined {
  const [, userId] = /^\d{1,4}:(\d{1,10})$/.exec(handle) ?? []
  return userId === undefined ? undefined : (Number(userId) as UserId)
}
