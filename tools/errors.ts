/**
 * Builds schema/errors.tsv and schema/rights.tsv: `node tools/errors.ts`.
 *
 *     errors.tsv   method, code, names of the errors it documents; `*` are those any method may answer
 *     rights.tsv   method, who may call it: user, bot, both, or anyone (also before login)
 *
 * Facts come from the tables that a package ships (method, code, name, availability); what it lacks or has wrong
 * stands below as data, after https://core.telegram.org/api/errors and the pages of the methods.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadPool, newestDefinitions } from '../src/tl/pool.ts'
import { packageFolder } from './pool-packages.ts'

const PACKAGE = ['npm', '@mtcute/core', '0.31.0'] as const

interface RawErrors {
  readonly errors: Readonly<Record<string, { readonly code: number }>>
  readonly throws: Readonly<Record<string, readonly string[]>>
  readonly userOnly: Readonly<Record<string, 1>>
  readonly botOnly: Readonly<Record<string, 1>>
}

/** Methods that work before anybody is logged in with a key. */
const ANYONE = new Set(
  `
  invokeAfterMsg invokeAfterMsgs initConnection invokeWithLayer invokeWithoutUpdates invokeWithMessagesRange
  invokeWithTakeout invokeWithBusinessConnection invokeWithGooglePlayIntegrity invokeWithApnsSecret
  invokeWithReCaptcha
  auth.sendCode auth.signUp auth.signIn auth.resendCode auth.cancelCode auth.logOut auth.importAuthorization
  auth.bindTempAuthKey auth.dropTempAuthKeys auth.importBotAuthorization auth.checkPassword
  auth.requestPasswordRecovery auth.recoverPassword auth.checkRecoveryPassword auth.exportLoginToken
  auth.importLoginToken auth.importWebTokenAuthorization auth.requestFirebaseSms auth.resetLoginEmail
  auth.reportMissingCode auth.checkPaidAuth auth.initPasskeyLogin auth.finishPasskeyLogin
  auth.initFirebasePnvLogin auth.finishFirebasePnvLogin auth.firebasePnvSignUp
  account.getPassword account.sendVerifyEmailCode account.verifyEmail account.deleteAccount
  help.getConfig help.getNearestDc help.getAppConfig help.getAppUpdate help.getCdnConfig help.getCountriesList
  help.getDeepLinkInfo help.saveAppLog help.getTermsOfServiceUpdate
  payments.getPaymentForm payments.sendPaymentForm payments.assignAppStoreTransaction
  payments.assignPlayMarketTransaction payments.canPurchaseStore
  langpack.getLangPack langpack.getStrings langpack.getDifference langpack.getLanguages langpack.getLanguage
  `
    .trim()
    .split(/\s+/),
)

/** Errors of the protocol and of any method that the package ties to none, or has with another code. */
const GENERAL: Readonly<Record<string, number>> = {
  METHOD_INVALID: 400,
  INPUT_METHOD_INVALID: 400,
  INPUT_CONSTRUCTOR_INVALID: 400,
  INPUT_FETCH_ERROR: 400,
  INPUT_FETCH_FAIL: 400,
  INPUT_LAYER_INVALID: 400,
  INPUT_REQUEST_INVALID: 400,
  INPUT_REQUEST_TOO_LONG: 400,
  CONNECTION_NOT_INITED: 400,
  CONNECTION_LAYER_INVALID: 400,
  CONNECTION_API_ID_INVALID: 400,
  // Documented where a code is asked for; here, where the sign-in ends, too.
  API_ID_PUBLISHED_FLOOD: 400,
  MSG_WAIT_FAILED: 400,
  MSG_WAIT_TIMEOUT: -503,
  LIMIT_INVALID: 400,
  BOT_METHOD_INVALID: 400,
  USER_BOT_REQUIRED: 400,
  AUTH_KEY_UNREGISTERED: 401,
  AUTH_KEY_INVALID: 401,
  AUTH_KEY_PERM_EMPTY: 401,
  SESSION_PASSWORD_NEEDED: 401,
  SESSION_REVOKED: 401,
  SESSION_EXPIRED: 401,
  USER_DEACTIVATED: 401,
  USER_DEACTIVATED_BAN: 401,
  AUTH_KEY_DUPLICATED: 406,
  UPDATE_APP_TO_LOGIN: 406,
  'FLOOD_WAIT_%d': 420,
  'FLOOD_PREMIUM_WAIT_%d': 420,
  RPC_CALL_FAIL: 500,
  INTERNAL_SERVER_ERROR: 500,
}

/** Codes of errors for which the package gives one and the documentation another. */
const CODES: Readonly<Record<string, number>> = {
  CHAT_WRITE_FORBIDDEN: 403,
  CHAT_SEND_INLINE_FORBIDDEN: 403,
  'FILE_MIGRATE_%d': 303,
}

const REFERENCES = ['FILE_REFERENCE_EMPTY', 'FILE_REFERENCE_EXPIRED', 'FILE_REFERENCE_INVALID']

/** Errors that no page ties to the method, though clients handle them there. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'auth.acceptLoginToken': ['AUTH_TOKEN_INVALID'],
  'auth.resetLoginEmail': ['PHONE_CODE_EXPIRED', 'PHONE_CODE_HASH_EMPTY', 'PHONE_NUMBER_FLOOD'],
  'auth.reportMissingCode': ['PHONE_CODE_EXPIRED'],
  'auth.resendCode': ['PHONE_NUMBER_FLOOD'],
  'account.sendChangePhoneCode': ['PHONE_NUMBER_FLOOD', 'SMS_CODE_CREATE_FAILED'],
  'account.sendVerifyPhoneCode': ['PHONE_NUMBER_BANNED', 'PHONE_NUMBER_FLOOD', 'SMS_CODE_CREATE_FAILED'],
  'account.sendConfirmPhoneCode': ['PHONE_NUMBER_FLOOD', 'SMS_CODE_CREATE_FAILED'],
  'account.verifyPhone': ['PHONE_CODE_INVALID'],
  'account.confirmPhone': ['PHONE_CODE_EXPIRED', 'PHONE_CODE_INVALID'],
  'auth.recoverPassword': ['CODE_INVALID', 'NEW_SALT_INVALID', 'PASSWORD_RECOVERY_EXPIRED'],
  // https://core.telegram.org/api/passkeys#logging-in-with-a-passkey
  'auth.finishPasskeyLogin': ['PASSKEY_CREDENTIAL_NOT_FOUND'],
  // https://core.telegram.org/api/files#uploading-files says so of both methods, and of those that take what was uploaded.
  'upload.saveFilePart': [
    'FILE_PARTS_INVALID',
    'FILE_PART_SIZE_CHANGED',
    'FILE_PART_SIZE_INVALID',
    'FILE_PART_TOO_BIG',
  ],
  'messages.uploadMedia': [...REFERENCES, 'MD5_CHECKSUM_INVALID'],
  // https://core.telegram.org/api/file-references
  'messages.sendMedia': [
    'FILE_REFERENCE_INVALID',
    // What any message can be wrong about, as the page of sendMessage says.
    'ENTITIES_TOO_LONG',
    'QUOTE_TEXT_INVALID',
    'RANDOM_ID_EMPTY',
    'REPLY_TO_INVALID',
  ],
  'messages.sendMultiMedia': [
    'ENTITIES_TOO_LONG',
    'INPUT_USER_DEACTIVATED',
    'QUOTE_TEXT_INVALID',
    'REPLY_MESSAGE_ID_INVALID',
    'REPLY_TO_MONOFORUM_PEER_INVALID',
    'STORY_ID_INVALID',
    'USER_IS_BOT',
    'YOU_BLOCKED_USER',
  ],
  'messages.editMessage': [...REFERENCES, 'MD5_CHECKSUM_INVALID'],
  'upload.getFileHashes': REFERENCES,
  'messages.acceptEncryption': ['DH_G_A_INVALID'],
  'messages.requestEncryption': ['RANDOM_ID_EMPTY'],
  // As of the other two methods by which encrypted messages are sent.
  'messages.sendEncryptedFile': ['DATA_INVALID', 'FILE_ID_INVALID', 'FILE_PARTS_INVALID', 'USER_IS_BLOCKED'],
  'messages.uploadEncryptedFile': [
    'ENCRYPTION_DECLINED',
    'FILE_EMTPY',
    'FILE_ID_INVALID',
    'FILE_PARTS_INVALID',
    'MD5_CHECKSUM_INVALID',
  ],
  // Photos are named and images uploaded there as elsewhere.
  'photos.updateProfilePhoto': REFERENCES,
  'photos.uploadContactProfilePhoto': [
    'EMOJI_MARKUP_INVALID',
    'FILE_PARTS_INVALID',
    'IMAGE_PROCESS_FAILED',
    'PHOTO_CROP_SIZE_SMALL',
    'PHOTO_EXT_INVALID',
    'PHOTO_INVALID',
    'VIDEO_FILE_INVALID',
  ],
  // Clients let the user choose messages then.
  'messages.report': ['MESSAGE_ID_REQUIRED'],
}

/** What the page of a method says of its errors. An error may have other codes on the pages of other methods. */
interface RawMethod {
  readonly name: string
  readonly throws?: readonly { readonly name: string; readonly code: number }[]
}

function errorLines(raw: RawErrors, pages: readonly RawMethod[], methods: ReadonlySet<string>): string[] {
  const paged = new Map(
    pages.map((page) => [page.name, new Map(page.throws?.map((each) => [each.name, each.code]))]),
  )
  const codeOf = (method: string, name: string): number =>
    paged.get(method)?.get(name) ?? CODES[name] ?? raw.errors[name]?.code ?? GENERAL[name] ?? 400
  const documented = new Set(Object.values(raw.throws).flat())
  const general = Object.keys(raw.errors).filter((name) => !documented.has(name))
  const table: [string, readonly string[]][] = [['*', [...new Set([...Object.keys(GENERAL), ...general])]]]
  for (const [method, names] of Object.entries(raw.throws))
    if (methods.has(method)) table.push([method, [...new Set([...names, ...(ALSO[method] ?? [])])]])
  const lines: string[] = []
  for (const [method, names] of table) {
    const byCode = Map.groupBy(names, (name) => codeOf(method, name))
    for (const [code, same] of [...byCode].toSorted(([a], [b]) => a - b)) {
      lines.push([method, code, same.toSorted().join(' ')].join('\t'))
    }
  }
  return lines.toSorted()
}

function rightsLines(raw: RawErrors, methods: ReadonlySet<string>): string[] {
  const who = (method: string): string => {
    if (ANYONE.has(method)) return 'anyone'
    if (raw.userOnly[method]) return 'user'
    return raw.botOnly[method] ? 'bot' : 'both'
  }
  return [...methods].toSorted().map((method) => `${method}\t${who(method)}`)
}

function main(): void {
  const methods = new Set(
    newestDefinitions(loadPool())
      .filter((definition) => definition.isFunction && !definition.isMtproto)
      .map((definition) => definition.name),
  )
  for (const method of ANYONE) if (!methods.has(method)) throw new Error(`${method} is no method`)
  const folder = packageFolder(...PACKAGE)
  const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, 'tl', file), 'utf8'))
  const raw = read('raw-errors.json') as RawErrors
  const { e: pages } = read('api-schema.json') as { e: RawMethod[] }
  const write = (file: string, lines: string[]): void => {
    writeFileSync(new URL(`../schema/${file}`, import.meta.url), `${lines.join('\n')}\n`)
    console.log(`${file}: ${lines.length} lines`)
  }
  write('errors.tsv', errorLines(raw, pages, methods))
  write('rights.tsv', rightsLines(raw, methods))
}

main()
