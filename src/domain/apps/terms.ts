import type { Context } from '../../context.ts'
import { TERMS_LENGTH } from './limits.ts'
import { insertTerms, readTerms } from './store.ts'
import { AppError, clean } from './text.ts'

/** What the maker of an app agrees to before its first api_id. */
export interface ApiTerms {
  readonly version: number
  /** Paragraphs, with an empty line between them. */
  readonly text: string
}

/** The text that the server comes with. */
const DEFAULT_TERMS: ApiTerms = {
  version: 1,
  text: `The API of this server is open to everybody who makes something for the people on it. Whoever registers an app agrees to keep to these rules.

Respect the people. An app does what its users ask of it and nothing behind their backs: it does not read, keep or pass on their messages, contacts or numbers for purposes of its own, and it tells them what it does with their data.

Do no harm. No spam, no mass registration or adding of strangers, no impersonation, no help to fraud. An app does not take from people what the platform promises them: read marks, self-destructing messages and privacy settings work in it as in any other.

Be honest about who you are. The app has a name of its own, does not pretend to be an official one, and its users can tell that it is not.

Keep your api_id and api_hash to your app. Do not use those of others, and renew the api_hash when it has become known. What is done through an api_id is the responsibility of whoever registered it.

Be gentle to the server. Keep to its limits and wait as long as it tells you to.

Stay reachable. What the host has to say to makers of apps comes as a chat message to the number that the app is registered to.

The host of this server may change these terms, and may block an app that does not keep to them.`,
}

/** The API terms in force. */
export async function currentApiTerms(ctx: Context): Promise<ApiTerms> {
  return (await readTerms(ctx.db)) ?? DEFAULT_TERMS
}

/** Puts other API terms in force, for apps that are registered from now on. Returns their version. Throws AppError. */
export async function setApiTerms(ctx: Context, input: string): Promise<number> {
  const text = clean(input.replaceAll('\r\n', '\n')).trim()
  if (text === '' || text.length > TERMS_LENGTH)
    throw new AppError(`the terms have 1 to ${TERMS_LENGTH} characters`)
  const nowSec = ctx.clock.nowSec()
  return await ctx.db.transaction((tx) => insertTerms(tx, { text, base: DEFAULT_TERMS.version, nowSec }))
}
