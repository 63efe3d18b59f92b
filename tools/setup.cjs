'use strict'
// Installs what is missing before `npm start`, `npm test` and `npx chappe`. Plain old JavaScript: whatever Node is
// installed runs it, and the locked Node that it brings runs the rest. Usage: node tools/setup.cjs [start|test]
const childProcess = require('child_process')
const crypto = require('crypto')
const fs = require('fs')
const path = require('path')

const ROOT = path.join(__dirname, '..')
const MODULES = path.join(ROOT, 'node_modules')
/** Says what was installed: the mode, and the hash of the lock file it was installed from. */
const STAMP = path.join(MODULES, '.chappe-setup')
const NODE = path.join(MODULES, '.bin', 'node')

/** Makes sure that everything for a mode is there. Throws an Error whose message says what to do. */
function setUp(mode) {
  // What tests need stays once it is there.
  if (!isInstalled(mode)) install(fs.existsSync(path.join(MODULES, 'vitest')) ? 'test' : mode)
  if (mode === 'test') makeTypes()
}

function isInstalled(mode) {
  if (!fs.existsSync(NODE)) return false
  const stamp = readOrEmpty(STAMP).trim().split(' ')
  // A full installation serves to start as well.
  return stamp[1] === wanted() && (stamp[0] === 'test' || stamp[0] === mode)
}

function wanted() {
  const hash = crypto.createHash('sha256').update(process.platform + process.arch)
  return hash.update(fs.readFileSync(path.join(ROOT, 'package-lock.json'))).digest('hex')
}

function install(mode) {
  const begun = process.hrtime()
  console.log(
    'chappe: installing what is missing (' + (mode === 'test' ? 'with tools for tests' : 'once') + ') …',
  )
  // Not `npm ci`, which would first remove the files that a running server uses.
  npm(
    ['install', '--no-save', '--ignore-scripts', '--loglevel=error', '--no-progress'].concat(
      mode === 'test' ? ['--include=dev'] : ['--omit=dev'],
    ),
  )
  const scripted = allowedScripts()
  if (scripted.length > 0) npm(['rebuild', '--ignore-scripts=false', '--loglevel=error'].concat(scripted))
  if (!fs.existsSync(NODE)) {
    throw new Error(
      'there is no Node for ' +
        process.platform +
        ' ' +
        process.arch +
        ' to install: Chappe runs on Linux and macOS, ' +
        'x64 and arm64',
    )
  }
  fs.writeFileSync(STAMP, mode + ' ' + wanted() + '\n')
  console.log('chappe: installed in ' + process.hrtime(begun)[0] + ' s')
}

/** The installed packages whose install scripts package.json allows to run. */
function allowedScripts() {
  const allowed = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).allowScripts
  return Object.keys(allowed).filter(function (name) {
    return allowed[name] === true && fs.existsSync(path.join(MODULES, name))
  })
}

function npm(args) {
  // The npm that runs this script, or else the one in PATH.
  const own = process.env.npm_execpath
  const isScript = own !== undefined && /npm-cli\.[cm]?js$/.test(own)
  // npm hands its options to what it runs: `npm start --omit=optional` must not decide what is installed here.
  const env = Object.assign({}, process.env)
  for (const name of Object.keys(env)) {
    if (/^npm_config_(omit|include|only|production|dry_run|global|ignore_scripts|save)/i.test(name))
      delete env[name]
  }
  delete env.NODE_ENV
  const done = childProcess.spawnSync(
    isScript ? process.execPath : 'npm',
    (isScript ? [own] : []).concat(args),
    {
      cwd: ROOT,
      env: env,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (done.error)
    throw new Error('npm cannot be run (' + done.error.message + '): install npm, then try again')
  if (done.status !== 0) {
    throw new Error('`npm ' + args[0] + '` failed, see above: check the network and the disk, then try again')
  }
}

/** Types of the API, for the checks: made again when what they are made from has changed. */
function makeTypes() {
  const made = modified('src/tl/schema.d.ts')
  if (made > Math.max(modified('schema/pool.tl'), modified('tools/types.ts'))) return
  const done = childProcess.spawnSync(NODE, [path.join(ROOT, 'tools', 'types.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (done.status !== 0) throw new Error('`npm run types` failed, see above')
}

function modified(file) {
  try {
    return fs.statSync(path.join(ROOT, file)).mtimeMs
  } catch (error) {
    return 0
  }
}

function readOrEmpty(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    return ''
  }
}

module.exports = { setUp: setUp, NODE: NODE }

if (require.main === module) {
  try {
    setUp(process.argv[2] || (process.env.npm_lifecycle_event === 'pretest' ? 'test' : 'start'))
  } catch (error) {
    console.error('chappe: ' + error.message)
    process.exit(1)
  }
}
