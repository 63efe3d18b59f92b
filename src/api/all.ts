import { folders } from './folders/folders.ts'
import { deleting } from './messages/deleting.ts'
import { dialogs } from './messages/dialogs.ts'
import { drafts } from './messages/drafts.ts'
import { history } from './messages/history.ts'
import { reading } from './messages/reading.ts'
import { sending } from './messages/sending.ts'
import { updates } from './updates/updates.ts'
import type { Handlers } from '../rpc/handlers.ts'

/** Every method that is implemented. One line a topic; a method stands in one topic only. */
export const handlers: Partial<Handlers> = {
  ...deleting,
  ...dialogs,
  ...drafts,
  ...folders,
  ...history,
  ...reading,
  ...sending,
  ...updates,
}
