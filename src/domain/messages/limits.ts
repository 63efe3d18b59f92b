/** Bounds of messages. Where the API announces one, help.getConfig and help.getAppConfig say the same number. */

/** Characters (code points) of a message. */
export const MESSAGE_LENGTH = 4096
/** Characters of what is written under a photo or a file. */
export const CAPTION_LENGTH = 1024
/** Entities kept of a message; the rest is dropped, as clients know it. */
export const MESSAGE_ENTITIES = 100
/** Entities that a request may carry at all. */
export const REQUEST_ENTITIES = 1000
/** Characters of a link that hides behind a text. */
export const LINK_LENGTH = 2048
/** Characters of the language of a code block. */
export const LANGUAGE_LENGTH = 64
/** Seconds during which a sent message can be edited: 48 hours. */
export const EDIT_TIME_SEC = 172_800
/** Seconds for which the time of reading is kept: a week. */
export const READ_DATE_SEC = 604_800
/** Messages of one page of a history, a search, a list of dialogs. */
export const PAGE = 100
/** Messages of a page when the client does not say. */
export const DEFAULT_PAGE = 20
/** Ids in one request to get, delete, forward or mark messages. */
export const REQUEST_IDS = 100
/** Seconds for which a repeated send is known as such though its message is deleted: no client repeats for longer. */
export const REPEAT_SEC = 86_400
/** Ids in one request to delete. */
export const DELETE_IDS = 1000
/** Messages that one call of deleteHistory deletes; the client repeats the call for the rest. */
export const DELETE_CHUNK = 1000
/** How far a negative or positive add_offset may reach. */
export const ADD_OFFSET = 10_000
/** Messages of a search that are looked through for their order. */
export const SEARCH_MATCHES = 10_000
/** Characters of a search query. */
export const QUERY_LENGTH = 256
/** Words of a search query. */
export const QUERY_WORDS = 16
/** Messages in one statement. */
export const SEND_BATCH = 64
/** Statements that write messages at the same time. */
export const SEND_STATEMENTS = 2
/** While several apps have sent something in such a time, one has no more than one statement at a time. */
export const SEND_SHARED_MS = 1_000
/** Sends of one account that go in its turn, before others have theirs. */
export const SEND_TURN = 8
/** Sends of one account that wait; more are refused with FLOOD_WAIT_X. */
export const SENDS_WAITING_OF_ACCOUNT = 500
/** Sends that wait for a statement; more are refused. */
export const SENDS_WAITING = 20_000
