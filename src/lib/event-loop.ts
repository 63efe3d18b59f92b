/**
 * Runs something after some turns of the event loop. While much happens a turn is long, and brings more to do together;
 * while nothing does it takes microseconds.
 */
export function afterTurns(turns: number, run: () => void): void {
  setImmediate(() => (turns <= 1 ? run() : afterTurns(turns - 1, run)))
}
