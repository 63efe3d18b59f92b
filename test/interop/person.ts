import { within } from '../harness/server.ts'

const EVENT_MS = 20_000

/** A message as one side sees it. `id` is a number in that side's own box. */
export interface Seen {
  readonly id: number
  readonly text: string
  readonly withId: number
  readonly isOut: boolean
  readonly replyToId: number | undefined
  readonly isEdited: boolean
}

export interface Found {
  readonly userId: number
  readonly firstName: string
  readonly username: string | undefined
}

export interface DialogSeen {
  readonly withId: number
  readonly title: string
  readonly topText: string
  readonly unreadCount: number
}

/** What a client told its user without being asked. */
export type Happening =
  | { readonly kind: 'message'; readonly message: Seen }
  | { readonly kind: 'edit'; readonly message: Seen }
  | { readonly kind: 'delete'; readonly ids: readonly number[] }
  | { readonly kind: 'read'; readonly withId: number; readonly upToId: number }

export interface SignUp {
  readonly phone: string
  readonly firstName: string
  readonly lastName: string
  /** Asked once the server has been told to send a code. */
  readonly code: () => Promise<string>
}

/** Somebody with a phone and one client in hand. The same for every client, so that scenarios are written once. */
export interface Person {
  /** Which client. */
  readonly client: string
  /** Whether the client asks for what it missed and tells of it, or only shows it when looked at. */
  readonly hearsWhatItMissed: boolean
  readonly happenings: Happenings
  userId(): number
  /** The datacenter that the client talks to, as far as it tells. */
  datacenter(): Promise<number | undefined>
  /** Carries the login to another datacenter, as is done to fetch a file there. */
  visit(dcId: number): Promise<void>
  /** Signs up, or in when the number has an account. */
  signUp(details: SignUp): Promise<void>
  setName(firstName: string, lastName: string): Promise<void>
  setUsername(username: string): Promise<void>
  /** Adds the number to the contacts; undefined when nobody has it. */
  addContact(phone: string, firstName: string): Promise<Found | undefined>
  findByUsername(username: string): Promise<Found>
  send(toId: number, text: string, replyToId?: number): Promise<Seen>
  edit(withId: number, id: number, text: string): Promise<void>
  deleteForBoth(withId: number, ids: readonly number[]): Promise<void>
  read(withId: number, upToId: number): Promise<void>
  /** Newest first, fetched from the server. */
  history(withId: number, limit: number): Promise<Seen[]>
  dialogs(): Promise<DialogSeen[]>
  /** Ends the client as quitting the program does. What it stores stays. */
  quit(): Promise<void>
  /** Starts it again, logged in as before. */
  comeBack(): Promise<void>
  /** Resolves when the client, which lost the connection, has it again. */
  reconnected(): Promise<void>
  /** What the client complained of that is the server's fault. */
  complaints(): Promise<string[]>
}

/** Who deals with messages in a scenario: everything that happened to a person, in order, until it is expected. */
export class Happenings {
  readonly #waiting: Happening[] = []
  #watcher: (() => void) | undefined
  readonly #whose: string

  constructor(whose: string) {
    this.#whose = whose
  }

  add(happening: Happening): void {
    this.#waiting.push(happening)
    this.#watcher?.()
  }

  /** Takes the first happening of this kind that fits, when it is there or within the deadline. */
  async next<Kind extends Happening['kind']>(
    kind: Kind,
    fits: (happening: Extract<Happening, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<Happening, { kind: Kind }>> {
    type Wanted = Extract<Happening, { kind: Kind }>
    const found = new Promise<Wanted>((resolve) => {
      this.#watcher = () => {
        const index = this.#waiting.findIndex((one) => one.kind === kind && fits(one as Wanted))
        if (index < 0) return
        this.#watcher = undefined
        resolve(this.#waiting.splice(index, 1)[0] as Wanted)
      }
      this.#watcher()
    })
    try {
      const explain = (): string =>
        `${this.#whose} saw no fitting ${kind}, only ${JSON.stringify(this.#waiting)}`
      return await within(found, EVENT_MS, explain)
    } finally {
      this.#watcher = undefined
    }
  }

  /** All that nobody expected, which is then forgotten. */
  takeRest(): Happening[] {
    return this.#waiting.splice(0)
  }
}
