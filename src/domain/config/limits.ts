/** Numbers that help.getConfig and help.getAppConfig announce and that no other topic owns. */

/** How long a client may keep the configuration. */
export const CONFIG_LIFETIME_SEC = 3600
/** How long a client may keep the answer that there is nothing to announce. */
export const NOTHING_LIFETIME_SEC = 3600
export const CHAT_SIZE = 200
export const MEGAGROUP_SIZE = 200_000
export const FORWARDED_COUNT = 100
export const PINNED_DIALOGS = 5
export const PINNED_IN_FOLDER = 100
