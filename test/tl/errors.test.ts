import { expect, test } from 'vitest'
import { readErrors } from '../../src/tl/error-table.ts'
import { rpcError } from '../../src/tl/rpc-error.ts'
import { methodRights } from '../../src/tl/rights.ts'
import { loadPool, newestDefinitions } from '../../src/tl/pool.ts'

const CODES = new Set([303, 400, 401, 403, 404, 406, 420, 500, -503])

test('an error has the code of the table and its number in the message', () => {
  expect(rpcError('FLOOD_WAIT_%d', 30)).toMatchObject({ code: 420, message: 'FLOOD_WAIT_30', seconds: 30 })
  expect(rpcError('PEER_ID_INVALID')).toMatchObject({
    code: 400,
    message: 'PEER_ID_INVALID',
    seconds: undefined,
  })
  expect(rpcError('AUTH_KEY_UNREGISTERED').code).toBe(401)
  expect(rpcError('PHONE_MIGRATE_%d', 4)).toMatchObject({ code: 303, message: 'PHONE_MIGRATE_4' })
})

test('every error has one of the codes that the API knows, and the same one everywhere', () => {
  const codes = new Map<string, Set<number>>()
  for (const { code, names } of readErrors()) {
    expect(CODES).toContain(code)
    for (const name of names) codes.set(name, (codes.get(name) ?? new Set()).add(code))
  }
  expect([...codes].filter(([, set]) => set.size > 1)).toEqual([])
})

test('every method has rights', () => {
  for (const { name, isFunction, isMtproto } of newestDefinitions(loadPool())) {
    if (isFunction && !isMtproto) expect(['anyone', 'user', 'bot', 'both']).toContain(methodRights(name))
  }
  expect(methodRights('auth.sendCode')).toBe('anyone')
  expect(methodRights('messages.sendMessage')).toBe('both')
  expect(methodRights('messages.getDialogs')).toBe('user')
  expect(methodRights('bots.setBotCommands')).toBe('bot')
})
