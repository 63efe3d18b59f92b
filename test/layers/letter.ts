import type { Happenings, Seen } from '../interop/person.ts'
import type { DialogSeen, Found } from '../interop/person.ts'
import type { Parcel } from './parcel.ts'

export interface Entity {
  /** The name of the schema without `messageEntity`. */
  readonly kind: string
  readonly offset: number
  readonly length: number
  readonly detail?: string | undefined
}

/** A message as one side sees it, with all that clients of every layer can say. */
export interface Letter extends Seen {
  readonly entities: readonly Entity[]
  readonly forwardedFromId?: number | undefined
  /** What kind of file it carries. */
  readonly file?: Parcel['kind'] | undefined
  /** The kind of a service message, as the schema names it without `messageAction`. */
  readonly service?: string | undefined
}

/** Somebody with a client of some layer. Messages among its happenings are letters. */
export interface Correspondent {
  readonly client: string
  readonly layer: number
  /** Whether it does not show the message that an emptied history leaves. */
  readonly hidesClearing: boolean
  readonly happenings: Happenings
  userId(): number
  logIn(phone: string, code: string): Promise<void>
  addContact(phone: string, firstName: string): Promise<Found | undefined>
  findByUsername(username: string): Promise<Found>
  send(toId: number, text: string, entities?: readonly Entity[], replyToId?: number): Promise<Letter>
  sendFile(toId: number, parcel: Parcel, caption: string): Promise<Letter>
  /** The file of a message, a photo in its largest size. */
  download(withId: number, id: number): Promise<Buffer>
  /** Shows a photo of oneself. */
  showPhoto(parcel: Parcel): Promise<void>
  /** The photo of somebody as large as it is shown, by what the client was told last. */
  photoOf(userId: number): Promise<Buffer | undefined>
  edit(withId: number, id: number, text: string, entities?: readonly Entity[]): Promise<void>
  forward(fromId: number, id: number, toId: number): Promise<Letter>
  deleteForBoth(withId: number, ids: readonly number[]): Promise<void>
  read(withId: number, upToId: number): Promise<void>
  history(withId: number, limit: number): Promise<Letter[]>
  dialogs(): Promise<DialogSeen[]>
  /** Sets a password, proves it to change it, and takes it away, by the client's own way where it has one. */
  guard(first: string, second: string): Promise<void>
  /** A message that a happening told of, where happenings do not tell all. */
  look?(withId: number, id: number): Promise<Letter>
  /** Empties the history on this side, which leaves a service message. */
  clearHistory(withId: number): Promise<void>
  quit(): Promise<void>
  comeBack(): Promise<void>
  complaints(): Promise<string[]>
}
