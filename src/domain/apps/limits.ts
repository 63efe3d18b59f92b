/** Bounds of apps. How often something may be changed stands in rpc/limits.ts. */

/** Letters of a title. */
export const TITLE_LENGTH = 128
/** Letters of the address of an app's website. */
export const URL_LENGTH = 256
/** Letters of a description. */
export const DESCRIPTION_LENGTH = 1024
/** Letters of the API terms. */
export const TERMS_LENGTH = 20_000
/** Accounts that may be signed in through one api_id that was published with an open-source client. */
export const PUBLISHED_ACCOUNTS = 50
/** Apps in one listing. */
export const LISTED_APPS = 10_000
/** Owners of apps that are written to at a time. */
export const NOTIFIED_AT_ONCE = 200
