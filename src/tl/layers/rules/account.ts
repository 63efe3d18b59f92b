import { tl } from '../../factories.ts'
import type * as T from '../../schema.d.ts'
import type { Fields, Topic } from '../rule.ts'

/** What old clients ask of the configuration, where today it stands in the application's own. */
const LIMITS = {
  savedGifsLimit: 200,
  stickersFavedLimit: 5,
  pinnedDialogsCountMax: 5,
  pinnedInfolderCountMax: 100,
}

/** Sign-in, configuration, notification settings. */
export const account: Topic = {
  name: 'account',
  pairs: [
    {
      from: 'string',
      to: 'NotificationSound',
      make: (sound: string): T.NotificationSound => {
        if (sound === 'default') return tl.notificationSoundDefault()
        return sound === ''
          ? tl.notificationSoundNone()
          : tl.notificationSoundLocal({ title: sound, data: sound })
      },
    },
    { from: 'NotificationSound', to: 'string', isPartial: true, make: soundName },
  ],
  down: [
    {
      from: 'config',
      layers: [105, 153],
      fields: {
        savedGifsLimit: () => LIMITS.savedGifsLimit,
        stickersFavedLimit: () => LIMITS.stickersFavedLimit,
        pinnedDialogsCountMax: () => LIMITS.pinnedDialogsCountMax,
        pinnedInfolderCountMax: () => LIMITS.pinnedInfolderCountMax,
        phonecallsEnabled: () => true,
      },
      isTotal: true,
    },
    {
      from: 'peerNotifySettings',
      layers: [105, 139],
      fields: {
        sound: ({ otherSound, androidSound, iosSound }) => {
          const sound: T.NotificationSound | undefined = otherSound ?? androidSound ?? iosSound
          return sound && soundName(sound)
        },
      },
    },
  ],
  up: [
    {
      from: 'account.sendVerifyEmailCode',
      layers: [105, 144],
      fields: { purpose: () => tl.emailVerifyPurposePassport() },
    },
    {
      from: 'account.verifyEmail',
      layers: [105, 144],
      fields: {
        purpose: () => tl.emailVerifyPurposePassport(),
        verification: ({ code }) => tl.emailVerificationCode({ code: code as string }),
      },
      uses: 'email code',
    },
    { from: 'help.dismissSuggestion', layers: [105, 123], fields: { peer: () => tl.inputPeerEmpty() } },
    { from: 'account.getTheme', layers: [105, 147], uses: 'documentId' },
    { from: 'help.getProxyData', layers: [105, 112], to: 'help.getPromoData' },
    {
      from: 'account.createTheme account.updateTheme',
      layers: [107, 133],
      fields: { settings: ({ settings }) => (settings === undefined ? undefined : [settings]) },
      uses: 'settings',
    },
    {
      from: 'inputThemeSettings',
      layers: [107, 131],
      fields: { messageColors: themeColors },
      uses: 'messageTopColor messageBottomColor',
    },
  ],
  results: [
    { method: 'auth.logOut', layers: [105, 134], make: () => true },
    { method: 'account.verifyEmail', layers: [105, 144], make: () => true },
    {
      method: 'help.getAppConfig',
      layers: [105, 153],
      make: (config: T.help.AppConfig) => ('config' in config ? config.config : undefined),
    },
    {
      method: 'help.getPromoData',
      layers: [105, 112],
      oldName: 'help.getProxyData',
      make: (data: T.help.PromoData) =>
        data._ === 'help.promoData' && data.peer
          ? {
              _: 'help.proxyDataPromo',
              expires: data.expires,
              peer: data.peer,
              chats: data.chats,
              users: data.users,
            }
          : { _: 'help.proxyDataEmpty', expires: data.expires },
    },
  ],
  fallbacks: [
    {
      // A client that does not know how a code was sent still asks for one of that length.
      union: 'auth.SentCodeType',
      constructors: ['auth.sentCodeTypeSms'],
      isTotal: true,
      make: ({ length }) => tl['auth.sentCodeTypeSms']({ length: typeof length === 'number' ? length : 5 }),
    },
    {
      union: 'help.PromoData',
      constructors: ['help.promoDataEmpty'],
      isTotal: true,
      make: ({ expires }) => tl['help.promoDataEmpty']({ expires: expires as number }),
    },
  ],
}

function soundName(sound: T.NotificationSound): string | undefined {
  if (sound._ === 'notificationSoundDefault') return 'default'
  if (sound._ === 'notificationSoundNone') return ''
  return sound._ === 'notificationSoundLocal' ? sound.title : undefined
}

/** The two ends of what is a list of colours today. */
function themeColors({ messageTopColor, messageBottomColor }: Fields): number[] | undefined {
  return messageTopColor === undefined ? undefined : [messageTopColor as number, messageBottomColor as number]
}
