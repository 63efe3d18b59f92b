/** Runs of digits of this length or longer may be a phone number, a code or a secret. */
const LONG_NUMBER = /\d{5,}/g
/** Quoted parts of what the database says are values that somebody sent. */
const QUOTED = /"[^"]*"|'[^']*'|\([^()]*\)=\([^()]*\)/g
/** Fields of an error of the database that name no value. */
const DATABASE_FIELDS = [
  'code',
  'severity',
  'schema_name',
  'table_name',
  'column_name',
  'constraint_name',
  'routine',
]
const MAX_TEXT = 10_000
const MAX_QUERY = 500
const MAX_CAUSES = 4

/** What is logged of an error: enough to find the fault, and nothing that somebody sent. */
export interface Fault {
  readonly type: string
  readonly message: string
  readonly stack: string
  readonly database?: Readonly<Record<string, unknown>>
  readonly cause?: Fault
}

/** Describes an error that is nobody's but ours. */
export function faultOf(error: unknown, depth = 0): Fault {
  if (!(error instanceof Error)) return { type: typeof error, message: redact(String(error)), stack: '' }
  const message = redact(error.message)
  // The first lines of a stack are the name and the message.
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: error.name,
    message,
    stack: redact(frames.join('\n')),
    ...databaseFields(error),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: faultOf(error.cause, depth + 1) }),
  }
}

/** A statement has its values beside it, not in it. The driver keeps too little of the stack to say whose it is. */
function databaseFields(error: Error): { database?: Record<string, unknown> } {
  const fields = [...DATABASE_FIELDS, 'query'].flatMap((name) => {
    const value: unknown = Reflect.get(error, name)
    return typeof value === 'string' ? [[name, value.replace(/\s+/g, ' ').trim().slice(0, MAX_QUERY)]] : []
  })
  return fields.length === 0 ? {} : { database: Object.fromEntries(fields) as Record<string, unknown> }
}

function redact(text: string): string {
  return text.slice(0, MAX_TEXT).replace(QUOTED, '…').replace(LONG_NUMBER, '…')
}
