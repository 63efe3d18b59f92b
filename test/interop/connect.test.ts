import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printRecipe } from '../../src/cli/connect.ts'
import { runChappe } from '../harness/server.ts'

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const MODULUS = BigInt(
  `0x${Buffer.from(publicKey.export({ format: 'jwk' }).n!, 'base64url').toString('hex')}`,
)
const PEM = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()

/** By what each recipe names the key of the server, beside its address. */
const KEYS: Readonly<Record<string, string>> = {
  mtcute: PEM,
  gramjs: `set('-7226626400647469406', {\n  n: bigInt('${MODULUS}')`,
  teleproto: `set('-7226626400647469406', {\n  n: bigInt('${MODULUS}')`,
  'mtproto-core': MODULUS.toString(16),
  telethon: PEM,
  pyrogram: `[-7226626400647469406] = rsa.PublicKey(\n    m=${MODULUS},`,
  kurigram: `[-7226626400647469406] = rsa.PublicKey(\n    m=${MODULUS},`,
  gotd: PEM,
  grammers: `-7226626400647469406 => rsa::Key::new("${MODULUS}", "65537")`,
}

describe('chappe connect', () => {
  let data: string

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'chappe-connect-'))
    const dcs = [{ id: 3, host: '192.0.2.7', port: 45678 }]
    const file = { thisDc: 3, dcs, publicKey: PEM, fingerprint: '9bb5dd93b0f2a6a2' }
    await writeFile(join(data, 'server.json'), JSON.stringify(file))
  })

  afterAll(async () => {
    await rm(data, { recursive: true, force: true })
  })

  test.each(Object.entries(KEYS))(
    '%s is told where the server is and by what key it is known',
    async (name, key) => {
      const text = await printRecipe([name, '--data', data, '--api-id', '4711', '--api-hash', 'abcdef'])
      expect(text).toContain(key)
      for (const part of ['192.0.2.7', '45678', '4711', 'abcdef']) expect(text).toContain(part)
      expect(text).not.toMatch(/undefined|NaN|app create/)
    },
  )

  test('without an api_id it says where to get one, without a name it lists the names', async () => {
    const mtcute = await printRecipe(['@mtcute/node', '--data', data])
    expect(mtcute).toContain(`npx chappe app create --data ${data} `)
    const list = await printRecipe([])
    for (const name of [...Object.keys(KEYS), 'tdlib', 'desktop'])
      expect(list).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  test('an unknown name is one line and exit code 2', async () => {
    const { code, stderr } = await runChappe(['connect', 'pigeon', '--data', data])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^chappe connect: pigeon is not known; known are mtcute, .+\n$/)
  })
})
