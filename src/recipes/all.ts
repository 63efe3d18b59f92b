import { createPublicKey } from 'node:crypto'
import { desktop, gotd, grammers } from './compiled.ts'
import { gramjs, mtcute, mtprotoCore, tdlib, teleproto } from './javascript.ts'
import { kurigram, pyrogram, telethon } from './python.ts'
import type { Recipe, Target } from './recipe.ts'

/** Every client and library that there is a recipe for, in the order in which they are listed. */
export const RECIPES: readonly Recipe[] = [
  mtcute,
  gramjs,
  teleproto,
  mtprotoCore,
  tdlib,
  telethon,
  pyrogram,
  kurigram,
  gotd,
  grammers,
  desktop,
]

/** The recipe that goes by this name. */
export function findRecipe(name: string): Recipe | undefined {
  return RECIPES.find((recipe) => [recipe.name, ...recipe.also].includes(name.toLowerCase()))
}

/** What a server says of itself to everybody, as far as clients must be told. */
export interface ServerFacts {
  readonly thisDc: number
  readonly dcs: Target['dcs']
  readonly publicKey: string
  readonly fingerprint: string
}

type Own = Pick<Target, 'apiId' | 'apiHash' | 'dataDir'>

/** What a recipe is printed for, to begin in one datacenter; undefined when the facts do not name its address. */
export function targetOf(facts: ServerFacts, own: Own, beginIn = facts.thisDc): Target | undefined {
  const dc = facts.dcs.find(({ id }) => id === beginIn)
  if (!dc) return undefined
  const { n, e } = createPublicKey(facts.publicKey).export({ format: 'jwk' })
  return {
    dc: dc.id,
    host: dc.host,
    port: dc.port,
    dcs: facts.dcs,
    publicKey: `${facts.publicKey.trimEnd()}\n`,
    fingerprint: BigInt.asIntN(64, BigInt(`0x${facts.fingerprint}`)),
    modulus: fromBase64Url(n),
    exponent: Number(fromBase64Url(e)),
    ...own,
  }
}

function fromBase64Url(text: string | undefined): bigint {
  return BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`)
}
