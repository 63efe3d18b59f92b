import { expect, test } from 'vitest'
import { readErrors } from '../../src/tl/error-table.ts'
import { loadPool, newestDefinitions } from '../../src/tl/pool.ts'
import { methodRights } from '../../src/tl/rights.ts'
import { rpcError } from '../../src/tl/rpc-error.ts'

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

test('every error has one of the codes that the API knows, and one for each method', () => {
  const seen = new Set<string>()
  for (const { method, code, names } of readErrors()) {
    expect(CODES).toContain(code)
    for (const name of names) {
      expect(seen).not.toContain(`${method} ${name}`)
      seen.add(`${method} ${name}`)
    }
  }
})

test('an error has the code that the method documents for it', () => {
  expect(rpcError('PHONE_NUMBER_INVALID').codeFor('auth.sendCode')).toBe(406)
  expect(rpcError('PHONE_NUMBER_INVALID').codeFor('auth.resetLoginEmail')).toBe(400)
  expect(rpcError('USER_IS_BLOCKED').codeFor('messages.sendMessage')).toBe(403)
  expect(rpcError('METHOD_INVALID').codeFor('messages.sendMessage')).toBe(400)
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
