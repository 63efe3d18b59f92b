import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'

const KEPT_CHARACTERS = 4096

/**
 * What PostgreSQL says, in a file and the end of it in memory. Its output is taken even when it cannot be written,
 * because a disk is full: PostgreSQL would wait until somebody reads it.
 */
export class PostgresLog {
  readonly file: string
  #descriptor: number | undefined
  #end: string

  constructor(file: string) {
    this.file = file
    this.#end = existsSync(file) ? readFileSync(file, 'utf8').slice(-KEPT_CHARACTERS) : ''
  }

  write(text: string): void {
    this.#end = (this.#end + text).slice(-KEPT_CHARACTERS)
    try {
      this.#descriptor ??= openSync(this.file, 'a', 0o600)
      writeSync(this.#descriptor, text)
    } catch {
      // Nobody can be told where there is no space; the server's own log says that the database fails.
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  get lastLine(): string {
    return this.#end.trim().split('\n').at(-1) ?? ''
  }
}
