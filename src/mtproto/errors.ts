/**
 * The connection cannot go on. The code is sent to the client as a transport error and the connection is closed; over
 * HTTP it is the status.
 * https://core.telegram.org/mtproto/mtproto-transports#transport-errors
 */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** 404: no such key, or a packet that makes no sense; 429: too much; 444: no such datacenter. */
export type TransportErrorCode = 404 | 429 | 444
