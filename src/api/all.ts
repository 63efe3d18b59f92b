import type { Handlers } from '../rpc/handlers.ts'
import { deletion } from './account/deletion.ts'
import { notify } from './account/notify.ts'
import { passkeys } from './account/passkeys.ts'
import { password } from './account/password.ts'
import { phones } from './account/phones.ts'
import { privacy } from './account/privacy.ts'
import { profile } from './account/profile.ts'
import { reportingPeers } from './account/reporting.ts'
import { sessions } from './account/sessions.ts'
import { settings } from './account/settings.ts'
import { codes } from './auth/codes.ts'
import { emails } from './auth/emails.ts'
import { passkeyLogin } from './auth/passkeys.ts'
import { passwordLogin } from './auth/password.ts'
import { qr } from './auth/qr.ts'
import { signingIn } from './auth/sign-in.ts'
import { blocking } from './contacts/blocking.ts'
import { contacts } from './contacts/contacts.ts'
import { finding } from './contacts/finding.ts'
import { empty } from './empty.ts'
import { folders } from './folders/folders.ts'
import { config } from './help/config.ts'
import { terms } from './help/terms.ts'
import { langpack } from './langpack/langpack.ts'
import { absent } from './messages/absent.ts'
import { actionBar } from './messages/action-bar.ts'
import { deleting } from './messages/deleting.ts'
import { dialogs } from './messages/dialogs.ts'
import { drafts } from './messages/drafts.ts'
import { filters } from './messages/filters.ts'
import { history } from './messages/history.ts'
import { media } from './messages/media.ts'
import { reading } from './messages/reading.ts'
import { reporting } from './messages/reporting.ts'
import { searching } from './messages/searching.ts'
import { secret } from './messages/secret.ts'
import { sending } from './messages/sending.ts'
import { photos } from './photos/photos.ts'
import { updates } from './updates/updates.ts'
import { loading } from './upload/loading.ts'
import { saving } from './upload/saving.ts'
import { users } from './users/users.ts'

/** Every method that is implemented. One line a topic; a method stands in one topic only. */
export const handlers: Partial<Handlers> = {
  ...absent,
  ...actionBar,
  ...blocking,
  ...codes,
  ...config,
  ...contacts,
  ...deleting,
  ...deletion,
  ...dialogs,
  ...drafts,
  ...emails,
  ...empty,
  ...filters,
  ...finding,
  ...folders,
  ...history,
  ...langpack,
  ...loading,
  ...media,
  ...notify,
  ...passkeyLogin,
  ...passkeys,
  ...password,
  ...passwordLogin,
  ...phones,
  ...photos,
  ...privacy,
  ...profile,
  ...qr,
  ...reading,
  ...reporting,
  ...reportingPeers,
  ...saving,
  ...searching,
  ...secret,
  ...sending,
  ...sessions,
  ...settings,
  ...signingIn,
  ...terms,
  ...updates,
  ...users,
}
