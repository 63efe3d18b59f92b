/** RFC 5321 allows 254 characters. */
const MAX_LENGTH = 254
const EMAIL =
  /^[^\s\p{C}@"<>(),:;\\[\]]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+\p{L}[\p{L}\p{N}-]{1,62}$/u

/** An e-mail address as it is stored; undefined when nothing can be sent there. */
export function normaliseEmail(input: string): string | undefined {
  const email = input.trim()
  return email.length <= MAX_LENGTH && EMAIL.test(email) ? email : undefined
}

/**
 * An address with all but the ends of its name hidden, of the same length. https://core.telegram.org/api/pattern
 */
export function emailPattern(email: string): string {
  const at = email.lastIndexOf('@')
  const name = email.slice(0, at)
  const hidden =
    name.length < 3 ? '*'.repeat(name.length - 1) : `${'*'.repeat(name.length - 2)}${name.at(-1)}`
  return `${name.slice(0, 1)}${hidden}${email.slice(at)}`
}
