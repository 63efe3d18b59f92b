// Writes the generated documents, or with --check says which are stale. Usage: node tools/docs.ts [--check]
import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { configDocument } from './config-doc.ts'
import { errorsDocument } from './errors-doc.ts'
import { layersDocument } from './layers-doc.ts'
import { limitsDocument } from './limits-doc.ts'
import { methodsDocument } from './methods-doc.ts'

const root = new URL('..', import.meta.url).pathname
const documents: Record<string, () => string> = {
  'docs/config.md': configDocument,
  'docs/errors.md': errorsDocument,
  'docs/layers.md': layersDocument,
  'docs/limits.md': limitsDocument,
  'docs/methods.md': methodsDocument,
}

const isCheck = process.argv.includes('--check')
const stale: string[] = []
for (const [path, make] of Object.entries(documents)) {
  const file = new URL(path, `file://${root}`).pathname
  const fresh = make()
  if (fresh === readOrEmpty(file)) continue
  stale.push(relative(root, file))
  if (!isCheck) writeFileSync(file, fresh)
}

if (isCheck && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run: npm run docs`)
  process.exitCode = 1
} else {
  console.log(stale.length === 0 ? 'documents are fresh' : `written: ${stale.join(', ')}`)
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
