/** An option, as data: its flag, its environment variable, its line in the help and in docs/config.md. */
export interface Option {
  readonly name: string
  readonly value: string
  readonly fallback: string
  readonly help: string
}
