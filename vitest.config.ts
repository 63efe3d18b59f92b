import { defineConfig } from 'vitest/config'

if (Number.parseInt(process.versions.node, 10) < 24)
  throw new Error('tests run on the locked Node: npm test -- test/folder')

const FOREIGN = 'test/interop/**/*.test.ts'

// oxlint-disable-next-line import/no-default-export -- vitest wants it so
export default defineConfig({
  test: {
    globalSetup: ['test/harness/global-setup.ts'],
    // Processes, because native clients run in them.
    pool: 'forks',
    maxWorkers: 2,
    // A machine that is slow, or busy with other things, is no reason to fail.
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 90_000,
    teardownTimeout: 20_000,
    projects: [
      {
        extends: true,
        // Kept from file to file, because no module of ours has state of its own.
        test: { name: 'own', include: ['test/**/*.test.ts'], exclude: [FOREIGN], isolate: false },
      },
      {
        extends: true,
        // TDLib can be set up once in a process. What takes seconds here may take a minute on a slow machine.
        test: {
          name: 'foreign',
          include: [FOREIGN],
          isolate: true,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
})
