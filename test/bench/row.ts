/** One line of the table that `npm run bench` prints. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same work at its bound, measured in the same run, in the same unit. */
  readonly yardstick: number
  /** `value / yardstick`. */
  readonly ratio: number
  /** What it should be, where that is decided. */
  readonly goal?: string
}
