import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A request as a server got it. */
export interface Got {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface HttpStub extends AsyncDisposable {
  readonly url: string
  readonly got: readonly Got[]
}

/** An HTTP server that answers the nth request with the nth answer, and then with the last one. */
export async function startHttp(
  ...answers: { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }[]
): Promise<HttpStub> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
      const answer = answers[Math.min(got.length, answers.length) - 1]
      if (!answer) return // It never answers.
      response.writeHead(answer.status, answer.headers).end(answer.body ?? '{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    got,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A letter as a mail server got it. */
export interface GotMail {
  readonly user: string
  readonly from: string
  readonly to: readonly string[]
  readonly source: string
}

export interface SmtpStub extends AsyncDisposable {
  readonly port: number
  readonly got: readonly GotMail[]
}

/** A mail server for one user. It refuses letters to addresses of `refused.example`. */
export async function startSmtp(user: string, password: string): Promise<SmtpStub> {
  const got: GotMail[] = []
  const server = new SMTPServer({
    authOptional: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth(auth, _session, done) {
      if (auth.username === user && auth.password === password) done(null, { user })
      else done(new Error(`no such user ${auth.username ?? ''} with ${auth.password ?? ''}`))
    },
    onRcptTo({ address }, _session, done) {
      done(address.endsWith('@refused.example') ? new Error(`no mailbox ${address}`) : null)
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        got.push({
          user: String(session.user),
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((each) => each.address),
          source: Buffer.concat(chunks).toString(),
        })
        done()
      })
    },
  })
  const listening = server.listen(0, '127.0.0.1')
  await new Promise((resolve) => listening.once('listening', resolve))
  return {
    port: (listening.address() as AddressInfo).port,
    got,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
