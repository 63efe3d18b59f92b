/** One packet as a client sent it. */
export interface Frame {
  readonly payload: Buffer
  /** The client wants to hear at once that the packet has arrived. */
  readonly wantsQuickAck: boolean
}

export type FramingName = 'abridged' | 'intermediate' | 'padded' | 'full'

/**
 * How packets are cut out of a stream of bytes. One is made for each connection.
 * https://core.telegram.org/mtproto/mtproto-transports
 */
export interface Framing {
  readonly name: FramingName
  /** How many bytes the first packet takes with all around it; 0 while too few are there to tell. */
  measure(input: Buffer): number
  /** Opens one whole packet. Throws a FramingError when it is damaged. */
  open(packet: Buffer): Frame
  /** What a payload looks like on the wire. */
  wrap(payload: Uint8Array): Buffer
  /** What a quick acknowledgement looks like; undefined when the transport has none. */
  wrapQuickAck(token: number): Buffer | undefined
}

/** The stream is not what it claims to be. There is no way to find the next packet, so the connection is closed. */
export class FramingError extends Error {
  override readonly name = 'FramingError'
}

/** A packet shorter than a transport error carries nothing. */
export const MIN_PAYLOAD_BYTES = 4
