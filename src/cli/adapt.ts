import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { adaptBinary, adaptedHost } from '../adapt/adapt.ts'
import { DATACENTERS, DEFAULT_NET, PORTS } from '../adapt/places.ts'
import { CommandError, type Command } from './command.ts'
import { readServerFile } from './server-file.ts'

const USAGE = `chappe adapt FILE --out FILE [--data DIR | --key PEM] [--net ${DEFAULT_NET}]

Writes a copy of a client's binary (TDLib's shared library, a desktop client) that looks for its datacenters at this
server and trusts its key. All else in it stays as shipped.

  --data DIR   the data directory of the server whose key to put in (default ./data)
  --key PEM    a file with that key instead
  --net A.B    the first two octets of the new addresses, three digits each (default ${DEFAULT_NET}: loopback)`

export const adapt: Command = {
  usage: USAGE,
  async run(args) {
    process.stdout.write(await run(args))
  },
}

async function run(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      data: { type: 'string', default: process.env['CHAPPE_DATA'] ?? './data' },
      key: { type: 'string' },
      net: { type: 'string', default: DEFAULT_NET },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return `${USAGE}\n`
  const [file] = positionals
  if (positionals.length !== 1 || !file || !values.out) throw new CommandError(`usage: ${USAGE}`)
  if (await isSameFile(file, values.out)) throw new CommandError('--out must not be the file that is read')

  const server = values.key ? undefined : await readServerFile(values.data)
  const key = values.key ? await readInput(values.key) : (server?.publicKey ?? '')
  const adapted = adaptBinary(await readInput(file), key.toString(), values.net)
  // A program that runs the old copy keeps it: the new one takes its name only when complete.
  const unfinished = `${values.out}.new`
  await writeFile(unfinished, adapted.bytes)
  await chmod(unfinished, (await stat(file)).mode & 0o777)
  await rename(unfinished, values.out)
  // Clients begin at one of the first two; a server that is several is looked for at the address of each.
  const last = Math.max(2, ...(server && server.dcs.length > 1 ? server.dcs.map(({ id }) => id) : []))
  return report(values.out, values.net, last, adapted)
}

function report(
  out: string,
  net: string,
  last: number,
  done: { keys: number; ipv4: number; ipv6: number },
): string {
  const dcs = DATACENTERS.filter((dc) => !dc.isTest && dc.id <= last)
  const hosts = dcs.map((dc) => adaptedHost(dc.host, net))
  const listen = (ports: readonly number[]): string =>
    hosts.flatMap((host) => ports.map((port) => `${host}:${port}`)).join(',')
  return `wrote ${out}: ${done.keys} public keys, ${done.ipv4} IPv4 and ${done.ipv6} IPv6 places replaced
It looks for DC 1 at ${hosts[0]} (TDLib's first) and for DC 2 at ${hosts[1]} (a desktop client's first),
ports ${PORTS.join(', ')} in turn. The server is found there when it is started with

  --listen 127.0.0.1:8443,${listen(PORTS.slice(-1))}

or, where it may use ports below 1024, so that each attempt succeeds and not the third alone, with

  --listen 127.0.0.1:8443,${listen(PORTS)}
${aliases(hosts)}`
}

/** macOS knows 127.0.0.1 alone until told of others. */
function aliases(hosts: readonly string[]): string {
  if (process.platform !== 'darwin') return ''
  return `\nOnce after each boot:\n${hosts.map((host) => `  sudo ifconfig lo0 alias ${host}\n`).join('')}`
}

async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new CommandError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [fileA, fileB] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)))
  return fileA !== undefined && fileA.ino === fileB?.ino && fileA.dev === fileB.dev
}
