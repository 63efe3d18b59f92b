import { head } from './recipe.ts'
import type { Recipe, Target } from './recipe.ts'

/** https://docs.telethon.dev */
export const telethon: Recipe = {
  name: 'telethon',
  also: [],
  title: 'Telethon (Python)',
  print: (target) => `${head('#', target, [
    'Save as chappe.py; pip install telethon',
    "from chappe import create_client; client = create_client('my')",
  ])}
from telethon import TelegramClient
from telethon.crypto import rsa

rsa.add_key("""${target.publicKey}""", old=False)


def create_client(session, **options):
    client = TelegramClient(session, ${target.apiId}, "${target.apiHash}", **options)
    client.session.set_dc(${target.dc}, "${target.host}", ${target.port})
    return client
`,
}

/** https://docs.pyrogram.org */
export const pyrogram: Recipe = {
  name: 'pyrogram',
  also: ['pyrofork', 'hydrogram'],
  title: 'Pyrogram (Python)',
  print: (target) => `${head('#', target, [
    'Save as chappe.py; pip install pyrogram',
    "from chappe import create_client; client = create_client('my')",
  ])}
from pyrogram import Client
from pyrogram.connection import connection
from pyrogram.crypto import rsa

${pythonKey(target)}


# Every datacenter is at this server.
ADDRESSES = {${pythonAddresses(target)}}
connection.DataCenter = lambda dc_id, *_: ADDRESSES.get(dc_id, ("${target.host}", ${target.port}))


def create_client(name, **options):
    return Client(name, api_id=${target.apiId}, api_hash="${target.apiHash}", **options)
`,
}

/** Pyrogram's living fork: https://docs.kurigram.icu */
export const kurigram: Recipe = {
  name: 'kurigram',
  also: [],
  title: 'Kurigram (Python)',
  print: (target) => `${head('#', target, [
    'Save as chappe.py; pip install kurigram',
    "from chappe import create_client; client = create_client('my')",
  ])}
from pyrogram import Client
from pyrogram.connection import Connection
from pyrogram.crypto import rsa

${pythonKey(target)}


ADDRESSES = {${pythonAddresses(target)}}


class Here(Connection):
    def __init__(self, **options):
        host, port = ADDRESSES.get(options.get("dc_id"), ("${target.host}", ${target.port}))
        super().__init__(**{**options, "server_address": host, "port": port})


def create_client(name, **options):
    return Client(
        name, api_id=${target.apiId}, api_hash="${target.apiHash}", connection_factory=Here, **options
    )
`,
}

function pythonAddresses(target: Target): string {
  return target.dcs.map(({ id, host, port }) => `${id}: ("${host}", ${port})`).join(', ')
}

function pythonKey(target: Target): string {
  return `rsa.server_public_keys[${target.fingerprint}] = rsa.PublicKey(
    m=${target.modulus},
    e=${target.exponent},
)`
}
