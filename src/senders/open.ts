import type { Logger } from 'pino'
import type { Clock } from '../lib/clock.ts'
import type { Hidden } from '../lib/hidden.ts'
import type { Random } from '../lib/random.ts'
import { createConsoleSender } from './console.ts'
import {
  SendFailure,
  type CodeSender,
  type CodeSent,
  type Mail,
  type MailSender,
  type PhoneChannel,
  type Senders,
} from './sender.ts'
import { createSmtp } from './smtp.ts'
import { createTwilio } from './twilio.ts'
import { createWebhook } from './webhook.ts'

/** Which senders there are, and what they are used for. */
export interface SenderOptions {
  /** Whether everybody must have a login e-mail. */
  readonly needsLoginEmail: boolean
  /** What the SMS of clients that ask for it ends with. */
  readonly smsAppHash: string | undefined
  /** The ways that may be used to bring a code to a phone, in the order in which they are tried. */
  readonly channels: readonly PhoneChannel[]
  /** Whether the server's output is a sender: for what no other one brings. Undefined: when no other brings codes. */
  readonly console: boolean | undefined
  readonly webhook:
    | {
        readonly url: Hidden
        readonly secret: Hidden
        readonly channels: ReadonlySet<PhoneChannel>
        readonly hasMail: boolean
      }
    | undefined
  readonly twilio:
    | { readonly url: string; readonly account: string; readonly token: Hidden; readonly from: string }
    | undefined
  readonly smtp: { readonly url: Hidden; readonly from: string } | undefined
}

export interface SenderParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Prints a line of the server's output. */
  readonly print: (line: string) => void
}

/** The senders that were configured, as one. Each thing is sent by the first that can. */
export function openSenders(options: SenderOptions, parts: SenderParts): Senders {
  const { clock, log } = parts
  const codeSenders: CodeSender[] = []
  const mailSenders: MailSender[] = []
  if (options.smtp) mailSenders.push(createSmtp(options.smtp))
  if (options.webhook) {
    const webhook = createWebhook(options.webhook, parts)
    codeSenders.push(webhook)
    if (options.webhook.hasMail) mailSenders.push(webhook)
  }
  if (options.twilio) codeSenders.push(createTwilio(options.twilio, clock))
  const hasPhones = codeSenders.some((sender) => sender.channels.size > 0)
  const usesConsole = options.console ?? !hasPhones
  const printer = usesConsole ? createConsoleSender(parts.print) : undefined
  if (printer) {
    codeSenders.push(printer)
    mailSenders.push(printer)
  }
  return {
    channels: options.channels.filter((channel) => codeSenders.some(({ channels }) => channels.has(channel))),
    hasMail: mailSenders.length > 0,
    usesConsole,
    async sendCode(message): Promise<CodeSent> {
      const { channel } = message
      // What goes into a chat is sent already; on the console it is shown as well, so that that is enough to sign in by.
      if (channel === 'app') return (await printer?.sendCode(message)) ?? {}
      const able = codeSenders.filter(({ channels }) => channels.has(channel))
      return await firstOf(log, able, channel, (sender) => sender.sendCode(message))
    },
    async sendMail(mail: Mail): Promise<void> {
      await firstOf(log, mailSenders, 'mail', (sender) => sender.sendMail(mail))
    },
  }
}

/** What the first of several senders that does not fail makes of something. Throws SendFailure when all fail. */
async function firstOf<S extends { readonly name: string }, R>(
  log: Logger,
  senders: readonly S[],
  what: string,
  send: (sender: S) => Promise<R>,
): Promise<R> {
  for (const sender of senders) {
    try {
      return await send(sender)
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error
      log.error({ sender: sender.name, what, reason: error.message }, 'something could not be sent')
    }
  }
  throw new SendFailure(`nobody could send by ${what}`)
}
