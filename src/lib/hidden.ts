import { inspect } from 'node:util'

/** A secret of the configuration. Whatever prints, logs or serialises it shows asterisks. */
export class Hidden {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The secret itself, for whoever must present it to somebody. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}
