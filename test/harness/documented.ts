import { readErrors } from '../../src/tl/error-table.ts'

/** By method, the codes of the errors that its page documents; `*` has those that any method may answer. */
const DOCUMENTED = new Map<string, Map<string, Set<number>>>()
for (const { method, code, names } of readErrors()) {
  const ofMethod = DOCUMENTED.get(method) ?? new Map<string, Set<number>>()
  DOCUMENTED.set(method, ofMethod)
  for (const name of names) ofMethod.set(name, (ofMethod.get(name) ?? new Set()).add(code))
}

/** What an error is documented under: its numbers, such as seconds to wait, are `%d` there. */
function namesOf(message: string): string[] {
  const numbers = [...message.matchAll(/\d+/g)]
  const single = numbers.map(
    ({ index, 0: number }) => `${message.slice(0, index)}%d${message.slice(index + number.length)}`,
  )
  return [message, ...single]
}

/**
 * Why an error is none that the method documents, with the code that it documents; undefined when it is one. A fault of
 * the server is never expected.
 */
export function undocumented(
  method: string,
  error: { readonly errorMessage: string; readonly errorCode: number },
): string | undefined {
  const { errorMessage, errorCode } = error
  const told = `${method} answered ${errorCode} ${errorMessage}`
  if (errorMessage === 'RPC_CALL_FAIL') return `${told}: the server logged a fault`
  const names = namesOf(errorMessage)
  const codes = ['*', method].flatMap((of) =>
    names.flatMap((name) => [...(DOCUMENTED.get(of)?.get(name) ?? [])]),
  )
  if (codes.length === 0) return `${told}, which it does not document (schema/errors.tsv)`
  return codes.includes(errorCode) ? undefined : `${told}, which it documents as ${codes.join(' or ')}`
}
