import type { ClientSpec } from './clients.ts'
import { Gramjs } from './gramjs.ts'
import type { Correspondent } from './letter.ts'
import { Mtcute } from './mtcute.ts'
import { MtprotoCore } from './mtproto-core.ts'
import type { Facts } from './server-facts.ts'
import { TdlibCorrespondent } from './tdlib.ts'
import { TlCorrespondent } from './tl-correspondent.ts'

/** The layer of the mtcute that the project itself installs. */
const TODAY_LAYER = 227

/** A client of the list, pointed at the server. `adapted`: TDLib's library. */
export async function openClient(
  { alias, family, layer }: ClientSpec,
  facts: Facts,
  adapted: string | undefined,
): Promise<Correspondent> {
  switch (family) {
    case 'GramJS':
    case 'teleproto':
      return new TlCorrespondent(new Gramjs(alias, layer, facts), facts)
    case 'mtcute':
      return new TlCorrespondent(await Mtcute.load(alias, layer, facts), facts)
    case '@mtproto/core':
      return new TlCorrespondent(new MtprotoCore(alias, layer, facts), facts)
    case 'TDLib':
      return TdlibCorrespondent.load(alias, layer, facts, adapted!)
    default:
      throw new Error(`nobody knows how to drive ${family}`)
  }
}

/** The newest mtcute, which the project itself installs. */
export function mtcuteOfToday(facts: Facts): Promise<Mtcute> {
  return Mtcute.load('@mtcute/node', TODAY_LAYER, facts)
}
