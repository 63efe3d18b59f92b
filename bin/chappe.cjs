#!/usr/bin/env node
'use strict'
// `npx chappe COMMAND`: runs src/main.ts with the locked Node, which it installs first when it is missing.
const childProcess = require('child_process')
const path = require('path')
const setup = require('../tools/setup.cjs')

try {
  setup.setUp('start')
} catch (error) {
  console.error('chappe: ' + error.message)
  process.exit(1)
}

const main = path.join(__dirname, '..', 'src', 'main.ts')
const child = childProcess.spawn(setup.NODE, [main].concat(process.argv.slice(2)), { stdio: 'inherit' })
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
signals.forEach(function (signal) {
  process.on(signal, function () {
    child.kill(signal)
  })
})
// npx runs this through a shell, which does not hand on a signal that is meant for this.
const parent = process.ppid
const orphaned = setInterval(function () {
  if (process.env.npm_command === 'exec' && process.ppid !== parent) child.kill('SIGTERM')
}, 250)
orphaned.unref()
child.on('error', function (error) {
  console.error('chappe: ' + setup.NODE + ' cannot be run: ' + error.message)
  process.exit(1)
})
child.on('exit', function (code, signal) {
  signals.forEach(function (each) {
    process.removeAllListeners(each)
  })
  if (signal) process.kill(process.pid, signal)
  else process.exit(code)
})
