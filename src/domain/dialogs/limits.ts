/** Bounds of the list of dialogs. help.getConfig and help.getAppConfig say the same numbers. */

/** Dialogs that can be pinned in the list of chats and in the archive. */
export const PINNED = { main: 5, archive: 100 } as const
/** Dialogs in one request of peer dialogs, of an order, of a move between folders. */
export const REQUEST_PEERS = 100
/** Drafts that are listed. */
export const DRAFTS = 1000
/** Unread marks that are listed. */
export const MARKS = 1000
/** Folders (tabs) of a user, and the range of their ids. */
export const FILTERS = 10
export const FILTER_IDS = { min: 2, max: 255 } as const
/** Chats that a folder names one by one. */
export const FILTER_PEERS = 100
/** Characters of the title of a folder. */
export const FILTER_TITLE = 12
