import { join } from 'node:path'
import type { RawDefinition } from './pool-definition.ts'
import { packageFolder, type Registry } from './pool-packages.ts'
import { readMtcute, readTeleproto, readTlText } from './pool-readers.ts'
import { readTelethon } from './pool-telethon.ts'

/** A package of a registry that ships the definitions of one layer under a permissive licence. */
export interface Source {
  readonly layer: number
  readonly registry: Registry
  readonly package: string
  readonly version: string
  readonly licence: 'MIT' | 'MIT or Apache-2.0'
  readonly file: string
  readonly read: (path: string) => RawDefinition[]
}

const MIT = { licence: 'MIT' } as const

/** A package that carries TL text in a file of its own, or in a template string. */
function gramjs(layer: number, version: string, file = 'tl/apiTl.js'): Source {
  return { layer, registry: 'npm', package: 'telegram', version, ...MIT, file, read: readTlText }
}

/** A package that carries parsed entries as JSON. */
function mtcute(layer: number, version: string, name = '@mtcute/tl', file = 'api-schema.json'): Source {
  return { layer, registry: 'npm', package: name, version, ...MIT, file, read: readMtcute }
}

function mtcuteCore(layer: number, version: string): Source {
  return mtcute(layer, version, '@mtcute/core', 'tl/api-schema.json')
}

/** A package that carries parsed entries as a module. */
function teleproto(layer: number, version: string): Source {
  const file = 'tl/generated/api-definitions.js'
  return { layer, registry: 'npm', package: 'teleproto', version, ...MIT, file, read: readTeleproto }
}

/** A package that carries classes generated from definitions. */
function telethon(layer: number, version: string): Source {
  return { layer, registry: 'pypi', package: 'telethon', version, ...MIT, file: '', read: readTelethon }
}

/** A package that carries TL text in a file. */
function grammers(layer: number, version: string): Source {
  const licence = 'MIT or Apache-2.0'
  const name = 'grammers-tl-types'
  return { layer, registry: 'crates', package: name, version, licence, file: 'tl/api.tl', read: readTlText }
}

/** Every source of the pool; of several versions of a package with one layer the last. */
export const SOURCES: readonly Source[] = [
  gramjs(105, '1.0.0-alpha.2', 'gramjs_generator/data/api.tl'),
  gramjs(122, '1.5.27', 'tl/static/api.tl'),
  gramjs(128, '1.7.6', 'tl/static/api.tl'),
  gramjs(131, '1.11.1', 'tl/static/api.tl'),
  gramjs(135, '2.0.12', 'tl/static/api.tl'),
  gramjs(137, '2.4.6'),
  gramjs(138, '2.6.21'),
  gramjs(140, '2.8.11'),
  gramjs(143, '2.10.10'),
  gramjs(145, '2.13.1'),
  gramjs(146, '2.13.6'),
  gramjs(148, '2.14.9'),
  gramjs(150, '2.15.5'),
  gramjs(152, '2.16.4'),
  gramjs(158, '2.17.10'),
  gramjs(160, '2.19.4'),
  gramjs(165, '2.19.8'),
  gramjs(166, '2.19.10'),
  gramjs(174, '2.20.10'),
  gramjs(177, '2.20.15'),
  gramjs(179, '2.21.2'),
  gramjs(181, '2.23.2'),
  gramjs(184, '2.26.5'),
  gramjs(193, '2.26.16'),
  gramjs(198, '2.26.22'),
  mtcute(167, '167.0.0'),
  mtcute(179, '179.0.0'),
  mtcute(181, '181.0.0'),
  mtcute(185, '185.1.0'),
  mtcute(189, '189.0.0'),
  mtcute(204, '204.0.0'),
  mtcute(216, '216.0.0'),
  mtcute(218, '218.0.1'),
  mtcute(220, '220.0.0'),
  mtcute(221, '221.0.0'),
  mtcute(223, '223.0.0'),
  mtcuteCore(225, '0.29.7'),
  mtcuteCore(227, '0.30.3'),
  mtcuteCore(228, '0.31.0'),
  teleproto(223, '1.223.1'),
  teleproto(228, '1.228.5'),
  teleproto(229, '1.229.0'),
  { ...teleproto(214, '214.1.7'), file: 'tl/apiTl.js', read: readTlText },
  grammers(109, '0.1.0'),
  grammers(114, '0.2.0'),
  grammers(128, '0.3.0'),
  grammers(146, '0.4.0'),
  grammers(166, '0.5.1'),
  grammers(179, '0.6.0'),
  grammers(186, '0.7.0'),
  grammers(216, '0.8.0'),
  grammers(222, '0.9.0'),
  grammers(227, '0.10.0'),
  telethon(105, '1.10.9'),
  telethon(106, '1.10.10'),
  telethon(110, '1.11.3'),
  telethon(111, '1.12.0'),
  telethon(112, '1.13.0'),
  telethon(113, '1.14.0'),
  telethon(114, '1.15.0'),
  telethon(116, '1.16.4'),
  telethon(119, '1.17.5'),
  telethon(120, '1.18.2'),
  telethon(122, '1.19.5'),
  telethon(124, '1.20'),
  telethon(125, '1.21.1'),
  telethon(129, '1.22.0'),
  telethon(130, '1.23.0'),
  telethon(133, '1.24.0'),
  telethon(144, '1.25.4'),
  telethon(149, '1.26.1'),
  telethon(152, '1.27.0'),
  telethon(155, '1.28.5'),
  telethon(160, '1.29.3'),
  telethon(162, '1.30.3'),
  telethon(165, '1.31.1'),
  telethon(166, '1.32.1'),
  telethon(167, '1.33.1'),
  telethon(173, '1.34.0'),
  telethon(178, '1.35.0'),
  telethon(181, '1.36.0'),
  telethon(188, '1.37.0'),
  telethon(193, '1.38.1'),
  telethon(199, '1.39.0'),
  telethon(201, '1.40.0'),
  telethon(214, '1.41.2'),
  telethon(216, '1.42.0'),
  telethon(224, '1.43.2'),
  telethon(227, '1.44.0'),
  telethon(229, '1.45.0'),
]

/** The definitions that a source ships. */
export function readSource(source: Source): RawDefinition[] {
  const folder = packageFolder(source.registry, source.package, source.version)
  return source.read(join(folder, source.file))
}
