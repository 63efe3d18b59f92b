/** By which way a code reaches a phone. */
export type PhoneChannel = 'sms' | 'call' | 'flash_call' | 'missed_call'

/** By which way a code can be brought: also through the chat with the service account. */
export type CodeChannel = PhoneChannel | 'app'

/** A code on its way to whoever has a phone number. */
export interface CodeMessage {
  /** Digits only. */
  readonly phone: string
  readonly channel: CodeChannel
  readonly code: string
  /** What an SMS says. */
  readonly text: string
}

/** What became of a code. */
export interface CodeSent {
  /** Flash calls and missed calls: the number that calls, digits only. Its last digits are the code. */
  readonly callerNumber?: string | undefined
}

/** A letter. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The code that it brings, for senders that people do not read. */
  readonly code?: string | undefined
}

/** Whoever brings codes to phones. */
export interface CodeSender {
  readonly name: string
  readonly channels: ReadonlySet<PhoneChannel>
  /** Resolves when the code is on its way. Throws SendFailure. */
  sendCode(message: CodeMessage): Promise<CodeSent>
}

/** Whoever brings letters. */
export interface MailSender {
  readonly name: string
  /** Resolves when the letter is on its way. Throws SendFailure. */
  sendMail(mail: Mail): Promise<void>
}

/** Something could not be sent. The message is for the log: it holds no code, no number and no secret. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure'
}

/** Everything by which the server reaches people who have no session. */
export interface Senders {
  /** By which ways a code can reach a phone, in the order in which they are tried. */
  readonly channels: readonly PhoneChannel[]
  readonly hasMail: boolean
  /** Whether whoever reads this server's output can sign in as anybody. */
  readonly usesConsole: boolean
  /** Throws SendFailure. */
  sendCode(message: CodeMessage): Promise<CodeSent>
  /** Throws SendFailure. */
  sendMail(mail: Mail): Promise<void>
}
