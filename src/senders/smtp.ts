import { createTransport } from 'nodemailer'
import type { Hidden } from '../lib/hidden.ts'
import { SendFailure, type MailSender } from './sender.ts'

export interface SmtpOptions {
  /** smtp://user:password@host:port, or smtps:// for TLS from the first byte. */
  readonly url: Hidden
  /** Whom letters are from: an address, or `Name <address>`. */
  readonly from: string
}

/** How long the mail server may take to be reached, to greet, and to answer. */
const TIMEOUT_MS = 10_000

/** A mail server. What it says of itself in STARTTLS is used. https://www.rfc-editor.org/rfc/rfc6409 */
export function createSmtp({ url, from }: SmtpOptions): MailSender {
  return {
    name: 'smtp',
    async sendMail({ to, subject, text }) {
      const transport = createTransport({
        url: url.reveal(),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      try {
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text })
      } catch (error) {
        // The message of such an error can hold what the server said, and that the address.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
        throw new SendFailure(`the mail was not taken: ${code}`)
      } finally {
        transport.close()
      }
    },
  }
}
