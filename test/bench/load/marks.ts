/**
 * What is looked for in the bytes of an update. It is long, because those bytes are full of random numbers: an access_hash
 * that held a mark of two bytes was once taken for a second copy of each message of its owner.
 */
const MARK = Buffer.from('~message ')
const DIGITS = 10
const DIGIT_0 = 0x30

/** The number of messages that nobody counts. */
export const UNCOUNTED = 0

/** A text of usual length, with a number in it by which it is known again. */
export const MARKED_TEXT = `${MARK.toString()}${'0'.repeat(DIGITS)} I will be there at half past seven.`

/** Where the digits of a marked text stand in a request. */
export function digitsAt(request: Buffer): number {
  return request.indexOf(MARK) + MARK.length
}

/** Writes the number of a message over its digits. */
export function writeNumber(request: Buffer, at: number, number: number): void {
  for (let rest = number, digit = at + DIGITS - 1; digit >= at; digit--, rest = Math.floor(rest / 10)) {
    request[digit] = DIGIT_0 + (rest % 10)
  }
}

/** The numbers of the messages in an update, in their order. */
export function numbersIn(update: Buffer): number[] {
  const numbers: number[] = []
  for (let at = update.indexOf(MARK); at >= 0; at = update.indexOf(MARK, at + MARK.length)) {
    numbers.push(numberAt(update, at + MARK.length))
  }
  return numbers
}

function numberAt(update: Buffer, at: number): number {
  let number = 0
  for (let i = at; i < at + DIGITS; i++) {
    const digit = (update[i] ?? 0) - DIGIT_0
    if (digit < 0 || digit > 9) throw new Error('a mark without a number')
    number = number * 10 + digit
  }
  return number
}
