import { TlError } from '../../error.ts'
import { tl } from '../../factories.ts'
import type { TlObject } from '../../object.ts'
import type * as T from '../../schema.d.ts'
import type { Fields, Layers, Topic, UpRule } from '../rule.ts'

/** Layers in which each kind of button was a constructor of one union, for both kinds of keyboards. */
const ONE_UNION: Layers = [105, 228]

/**
 * Buttons. Today those under a message and those that replace the keyboard are two unions, and what a button does is an
 * object in it. https://core.telegram.org/api/bots/buttons
 */
export const keyboards: Topic = {
  name: 'keyboards',
  pairs: [{ from: 'KeyboardButtonRow', to: 'KeyboardInlineButtonRow', make: inlineRow }],
  down: [
    { from: 'keyboardButton keyboardInlineButton', layers: ONE_UNION, as: oldButton },
    { from: 'keyboardInlineButtonRow', layers: ONE_UNION, to: 'keyboardButtonRow' },
  ],
  up: [
    {
      from: 'replyKeyboardMarkup',
      layers: ONE_UNION,
      fields: { rows: ({ rows }) => replyRows(rows) },
      uses: 'rows',
    },
    {
      from: 'bots.requestWebViewButton',
      layers: ONE_UNION,
      fields: { button: ({ button }) => replyButton(button) },
      uses: 'button',
    },
    reply('keyboardButton', () => tl.buttonTypeDefault()),
    reply('keyboardButtonRequestPhone', () => tl.buttonTypeRequestPhone()),
    reply('keyboardButtonRequestGeoLocation', () => tl.buttonTypeRequestGeoLocation()),
    reply('keyboardButtonRequestPoll', ({ quiz }) => tl.buttonTypeRequestPoll({ quiz }), 'quiz'),
    reply('keyboardButtonSimpleWebView', ({ url }) => tl.buttonTypeSimpleWebView({ url }), 'url'),
    reply(
      'keyboardButtonRequestPeer',
      ({ buttonId, peerType, maxQuantity }) =>
        tl.buttonTypeRequestPeer({ buttonId, peerType, maxQuantity: maxQuantity ?? 1 }),
      'buttonId peerType maxQuantity',
    ),
    reply(
      'inputKeyboardButtonRequestPeer',
      (old) =>
        tl.inputButtonTypeRequestPeer({
          nameRequested: old['nameRequested'],
          usernameRequested: old['usernameRequested'],
          photoRequested: old['photoRequested'],
          buttonId: old['buttonId'],
          peerType: old['peerType'],
          maxQuantity: old['maxQuantity'] ?? 1,
        }),
      'nameRequested usernameRequested photoRequested buttonId peerType maxQuantity',
    ),
    inline('keyboardButtonUrl', ({ url }) => tl.inlineButtonTypeUrl({ url }), 'url'),
    inline(
      'keyboardButtonCallback',
      ({ data, requiresPassword }) => tl.inlineButtonTypeCallback({ data, requiresPassword }),
      'data requiresPassword',
    ),
    inline(
      'keyboardButtonSwitchInline',
      ({ samePeer, query, peerTypes }) => tl.inlineButtonTypeSwitchInline({ samePeer, query, peerTypes }),
      'samePeer query peerTypes',
    ),
    inline('keyboardButtonGame', () => tl.inlineButtonTypeGame()),
    inline('keyboardButtonBuy', () => tl.inlineButtonTypeBuy()),
    inline('keyboardButtonWebView', ({ url }) => tl.inlineButtonTypeWebView({ url }), 'url'),
    inline('keyboardButtonCopy', ({ copyText }) => tl.inlineButtonTypeCopy({ copyText }), 'copyText'),
    inline('keyboardButtonUserProfile', ({ userId }) => tl.inlineButtonTypeUserProfile({ userId }), 'userId'),
    inline(
      'inputKeyboardButtonUserProfile',
      ({ userId }) => tl.inputInlineButtonTypeUserProfile({ userId }),
      'userId',
    ),
    inline(
      'keyboardButtonUrlAuth',
      ({ fwdText, url, buttonId }) => tl.inlineButtonTypeUrlAuth({ fwdText, url, buttonId }),
      'fwdText url buttonId',
    ),
    inline(
      'inputKeyboardButtonUrlAuth',
      ({ requestWriteAccess, fwdText, url, bot }) =>
        tl.inputInlineButtonTypeUrlAuth({ requestWriteAccess, fwdText, url, bot }),
      'requestWriteAccess fwdText url bot',
    ),
  ],
}

function reply(from: string, type: (old: Fields) => T.ButtonType, uses = ''): UpRule {
  return { from, layers: ONE_UNION, to: 'keyboardButton', fields: { type }, uses }
}

function inline(from: string, type: (old: Fields) => T.InlineButtonType, uses = ''): UpRule {
  return { from, layers: ONE_UNION, to: 'keyboardInlineButton', fields: { type }, uses }
}

/** A row under a message. A plain button has no meaning there. */
function inlineRow({ buttons }: { readonly buttons: readonly TlObject[] }): T.KeyboardInlineButtonRow {
  const list = buttons.map((button): T.KeyboardInlineButton => {
    if (button._ !== 'keyboardInlineButton') throw new TlError(`a ${button._} under a message`)
    return button as T.keyboardInlineButton
  })
  return tl.keyboardInlineButtonRow({ buttons: list })
}

function replyRows(rows: readonly T.KeyboardButtonRow[]): readonly T.KeyboardButtonRow[] {
  for (const { buttons } of rows) for (const button of buttons) replyButton(button)
  return rows
}

/** A button that may replace the keyboard; others are under messages only. */
function replyButton(button: TlObject): TlObject {
  if (button._ !== 'keyboardButton') throw new TlError(`a ${button._} in a keyboard`)
  return button
}

/** Today's kinds of buttons by their old constructors; what a kind holds has the same names. */
const OLD_BUTTONS: Readonly<Record<string, string>> = {
  buttonTypeRequestPhone: 'keyboardButtonRequestPhone',
  buttonTypeRequestGeoLocation: 'keyboardButtonRequestGeoLocation',
  buttonTypeRequestPoll: 'keyboardButtonRequestPoll',
  buttonTypeRequestPeer: 'keyboardButtonRequestPeer',
  inputButtonTypeRequestPeer: 'inputKeyboardButtonRequestPeer',
  buttonTypeSimpleWebView: 'keyboardButtonSimpleWebView',
  inlineButtonTypeUrl: 'keyboardButtonUrl',
  inlineButtonTypeCallback: 'keyboardButtonCallback',
  inlineButtonTypeSwitchInline: 'keyboardButtonSwitchInline',
  inlineButtonTypeGame: 'keyboardButtonGame',
  inlineButtonTypeBuy: 'keyboardButtonBuy',
  inlineButtonTypeWebView: 'keyboardButtonWebView',
  inlineButtonTypeCopy: 'keyboardButtonCopy',
  inlineButtonTypeUserProfile: 'keyboardButtonUserProfile',
  inputInlineButtonTypeUserProfile: 'inputKeyboardButtonUserProfile',
  inlineButtonTypeUrlAuth: 'keyboardButtonUrlAuth',
  inputInlineButtonTypeUrlAuth: 'inputKeyboardButtonUrlAuth',
}

/** A plain button keeps its constructor. */
function oldButton({ type, text, style }: Fields): TlObject | undefined {
  const name = OLD_BUTTONS[type._]
  if (name === undefined) return undefined
  const { bot = tl.inputUserSelf() } = type as { bot?: T.InputUser }
  return { ...type, _: name, text, style, bot } as TlObject
}
