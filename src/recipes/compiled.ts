import { head } from './recipe.ts'
import type { Recipe } from './recipe.ts'

/** https://github.com/gotd/td */
export const gotd: Recipe = {
  name: 'gotd',
  also: ['gotd/td'],
  title: 'gotd (Go)',
  print: (target) => `${head('//', target, [
    'Save as chappe.go in your package; go get github.com/gotd/td',
    'client := NewClient(telegram.Options{SessionStorage: &telegram.FileSessionStorage{Path: "my.json"}})',
  ])}
package main

import (
	"crypto/x509"
	"encoding/pem"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
)

const chappeKey = \`${target.publicKey}\`

// NewClient returns a client of this server; options are gotd's, without addresses and keys.
func NewClient(options telegram.Options) *telegram.Client {
	block, _ := pem.Decode([]byte(chappeKey))
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	options.PublicKeys = []telegram.PublicKey{{RSA: key}}
	options.DC = ${target.dc}
	options.DCList = dcs.List{Options: []tg.DCOption{${target.dcs.map((dc) => `{ID: ${dc.id}, IPAddress: "${dc.host}", Port: ${dc.port}}`).join(', ')}}}
	return telegram.NewClient(${target.apiId}, "${target.apiHash}", options)
}
`,
}

/** https://codeberg.org/Lonami/grammers, whose keys are compiled in. */
export const grammers: Recipe = {
  name: 'grammers',
  also: [],
  title: 'grammers (Rust)',
  print: (target) => `${head('//', target, [
    'For grammers 0.11. It has its keys compiled in: take a copy of one crate beside your Cargo.toml,',
    '',
    '  cp -r ~/.cargo/registry/src/*/grammers-mtproto-0.11.0 grammers-mtproto',
    '',
    'name it in Cargo.toml,',
    '',
    '  [patch.crates-io]',
    '  grammers-mtproto = { path = "grammers-mtproto" }',
    '',
    'and in its src/authentication.rs, function key_for_fingerprint, before "_ => return None", add',
    '',
    `  ${target.fingerprint} => rsa::Key::new("${target.modulus}", "${target.exponent}").unwrap(),`,
    '',
    'Then point the session at the server before anything connects:',
    '',
    '  set_server(&*session).await?;',
    `  let SenderPool { runner, handle, .. } = SenderPool::new(Arc::clone(&session), ${target.apiId});`,
    `  client.request_login_code(phone, "${target.apiHash}").await?;`,
    '',
  ])}
use grammers_session::Session;
use grammers_session::types::DcOption;

pub async fn set_server<S: Session>(session: &S) -> Result<(), S::Error> {
    for (id, host, port) in [${target.dcs.map((dc) => `(${dc.id}, "${dc.host}", ${dc.port})`).join(', ')}] {
        let known = session.dc_option(id)?;
        let here = DcOption {
            id,
            ipv4: format!("{host}:{port}").parse().unwrap(),
            ipv6: format!("[::ffff:{host}]:{port}").parse().unwrap(),
            auth_key: known.and_then(|dc| dc.auth_key),
        };
        session.set_dc_option(&here).await?;
    }
    session.set_home_dc_id(${target.dc}).await
}
`,
}

/** Official and other desktop client binaries, as shipped. */
export const desktop: Recipe = {
  name: 'desktop',
  also: ['tdesktop'],
  title: 'Desktop client binaries',
  print: (target) => `The desktop client has addresses and keys compiled in: put in those of this server.

  npx chappe adapt PATH/TO/THE/BINARY --data ${target.dataDir} --out ./desktop-chappe
  ./desktop-chappe -workdir ./desktop-chappe-data

Start the server with the --listen that the first command prints. The client's own api_id must be known to the server:

  npx chappe app add --data ${target.dataDir} --api-id N --api-hash H --title Desktop
`,
}
