import { fullDisk } from './full-disk.ts'

// In a name space of its own, where it may mount a file system that nobody else sees: the last line is the outcome.
const [dir = '', seed = '1'] = process.argv.slice(2)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
console.log(`\n${JSON.stringify(await fullDisk(dir, Number(seed)))}`)
