import type { Handlers } from '../rpc/handlers.ts'

/** Every method that is implemented. One line a topic; a method stands in one topic only. */
export const handlers: Partial<Handlers> = {}
