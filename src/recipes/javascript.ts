import { head } from './recipe.ts'
import type { Recipe, Target } from './recipe.ts'

/** @mtcute/node: https://mtcute.dev */
export const mtcute: Recipe = {
  name: 'mtcute',
  also: ['@mtcute/node'],
  title: 'mtcute (JavaScript, TypeScript)',
  print: (target) => `${head('//', target, [
    'Save as chappe.mjs; npm install @mtcute/node',
    "import { createClient } from './chappe.mjs'; const client = createClient('my.session')",
  ])}
import { TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider, addPublicKey } from '@mtcute/node/utils.js'

const crypto = new NodeCryptoProvider()
await crypto.initialize()
addPublicKey(crypto, \`${target.publicKey}\`)

const dc = { id: ${target.dc}, ipAddress: '${target.host}', port: ${target.port}, testMode: false }

/** \`storage\`: the name of a file, or a storage of mtcute's; \`options\`: more of TelegramClient's. */
export function createClient(storage, options = {}) {
  return new TelegramClient({
    apiId: ${target.apiId},
    apiHash: '${target.apiHash}',
    storage,
    crypto,
    testMode: false,
    defaultDcs: { main: dc, media: { ...dc, mediaOnly: true } },
    ...options,
  })
}
`,
}

/** telegram on npm: https://gram.js.org */
export const gramjs: Recipe = {
  name: 'gramjs',
  also: ['telegram'],
  title: 'GramJS (JavaScript)',
  print: (target) => likeGramjs(target, 'telegram'),
}

/** teleproto on npm, which continues GramJS. */
export const teleproto: Recipe = {
  name: 'teleproto',
  also: [],
  title: 'teleproto (JavaScript)',
  print: (target) => likeGramjs(target, 'teleproto'),
}

/** Both keep their keys in one map, and take the address from the session but not the port. */
function likeGramjs(target: Target, name: string): string {
  const ports = gramjsPorts(target)
  return `${head('//', target, [
    `Save as chappe.mjs; npm install ${name} big-integer`,
    "import { createClient } from './chappe.mjs'; const client = createClient('')",
    'Later: createClient(the string that client.session.save() returned)',
  ])}
import bigInt from 'big-integer'
import RSA from '${name}/crypto/RSA.js'
${ports.imports.replace('NAME', name)}
import library from '${name}'
import sessions from '${name}/sessions/index.js'

RSA._serverKeys.set('${target.fingerprint}', {
  n: bigInt('${target.modulus}'),
  e: ${target.exponent},
})

${ports.code}

/** \`session\`: a saved session or ''; \`options\`: more of TelegramClient's. */
export function createClient(session, options = {}) {
  const stringSession = new sessions.StringSession(session)
  // The port stands above: a session keeps only ports below 32768, and they are not used.
  if (!session) stringSession.setDC(${target.dc}, '${target.host}', 443)
  return new library.TelegramClient(stringSession, ${target.apiId}, '${target.apiHash}', {
    ${ports.option},
    ...options,
  })
}
`
}

/** It looks for every datacenter on the ports 80 and 443, whatever the server says of them. */
function gramjsPorts({ port, dcs }: Target): { code: string; imports: string; option: string } {
  if (dcs.length === 1) {
    return {
      imports: "import extensions from 'NAME/extensions/index.js'",
      code: `class Socket extends extensions.PromisedNetSockets {
  connect(_port, ip) {
    return super.connect(${port}, ip)
  }
}`,
      option: 'networkSocket: Socket',
    }
  }
  return {
    imports: "import network from 'NAME/network/index.js'",
    code: `const ports = { ${dcs.map((dc) => `${dc.id}: ${dc.port}`).join(', ')} }

class Connection extends network.ConnectionTCPFull {
  constructor(options) {
    super({ ...options, port: ports[options.dcId] })
  }
}`,
    option: 'connection: Connection',
  }
}

/** TDLib through tdl: https://github.com/eilvelia/tdl */
export const tdlib: Recipe = {
  name: 'tdlib',
  also: ['tdl', 'prebuilt-tdlib', 'airgram'],
  title: 'TDLib, here by tdl (JavaScript); the library itself serves every language',
  print: (target) => `${head('//', target, [
    'TDLib has addresses and keys compiled in: put in those of this server, and say where it then looks:',
    '  npm install tdl prebuilt-tdlib',
    `  npx chappe adapt node_modules/@prebuilt-tdlib/linux-x64-glibc/libtdjson.so --data ${target.dataDir} --out ./libtdjson-chappe.so`,
    'Start the server with the --listen that it prints. Save this as chappe.mjs beside the new library.',
    "import { createClient } from './chappe.mjs'; const client = createClient('my-tdlib')",
  ])}
import tdl from 'tdl'

tdl.configure({ tdjson: new URL('libtdjson-chappe.so', import.meta.url).pathname })

/** \`directory\`: where TDLib keeps what it knows; \`options\`: more of tdl's createClient. */
export function createClient(directory, options = {}) {
  return tdl.createClient({
    apiId: ${target.apiId},
    apiHash: '${target.apiHash}',
    databaseDirectory: directory,
    filesDirectory: \`\${directory}/files\`,
    ...options,
  })
}
`,
}

/** @mtproto/core on npm. */
export const mtprotoCore: Recipe = {
  name: 'mtproto-core',
  also: ['@mtproto/core'],
  title: '@mtproto/core (JavaScript)',
  print: (target) => `${head('//', target, [
    'Save as chappe.cjs; npm install @mtproto/core',
    "const { createClient } = require('./chappe.cjs'); const client = createClient('my-session.json')",
  ])}
const MTProto = require('@mtproto/core')

const key = {
  modulus: '${target.modulus.toString(16)}',
  exponent: '010001',
}

exports.createClient = (path) => {
  const client = new MTProto({ api_id: ${target.apiId}, api_hash: '${target.apiHash}', storageOptions: { path } })
  client.dcList = [${target.dcs.map(({ id, host, port }) => `{ id: ${id}, ip: '${host}', port: ${port} }`).join(', ')}]
  client.crypto.rsa.getRsaKeyByFingerprints = async (fingerprints) => ({ fingerprint: fingerprints[0], ...key })
  return client
}
`,
}
