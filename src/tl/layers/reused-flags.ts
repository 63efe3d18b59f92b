import { tl } from '../factories.ts'
import type * as T from '../schema.d.ts'
import { covers, type Layers } from './rule.ts'

/**
 * An id tells the layout of a definition but not its flags: four ids gave a bit that one layer had dropped to another
 * flag later. Two of them are of objects that only servers send, and encoding goes by the layer's own definition; in
 * phone.joinGroupCall the flag was renamed. The fourth is a request whose old flag must not be taken for the new one.
 */
const PUBLIC_CHANNELS_OF_CALLS: Layers = [125, 127]

/** What a request of a session's layer means, where the id alone does not say. */
export function meantIn(layer: number, request: T.AnyMethod): T.AnyMethod {
  if (request._ !== 'channels.getAdminedPublicChannels') return request
  if (!request.forPersonal || !covers(PUBLIC_CHANNELS_OF_CALLS, layer)) return request
  return tl['channels.getAdminedPublicChannels']({ ...request, forPersonal: false })
}
