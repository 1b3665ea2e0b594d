import { defineConfig } from 'vitest/config';

/** Tests of a file come in random order, so that none leans on another; an end-to-end file tells a story in order. */
const anyOrder = { sequence: { shuffle: { tests: true, files: false } } } as const;

/**
 * End-to-end stories that `npm test` tells: there and back, a move that fails, a new service, backups. The other files are
 * its breadth: drivers, networks, other services, rights, bad input (`npm run test:breadth`).
 */
const STORIES = ['there-and-back', 'undo', 'provision', 'backups'].map((name) => `test/e2e/${name}.e2e.test.ts`);

const WEIGHT = 'test/support/task-weight.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.it.test.ts', 'test/e2e/**', 'test/**/*.fault.test.ts'],
          // Properties and parsers: a busy machine is no failure.
          testTimeout: 30_000,
          // They start no servers, and a thread is there in half the time of a process.
          pool: 'threads',
          ...anyOrder,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.it.test.ts'],
          globalSetup: ['test/support/postgres-template.ts', WEIGHT],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...anyOrder,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.fault.test.ts'],
          globalSetup: [WEIGHT],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: STORIES,
          globalSetup: [WEIGHT],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'breadth',
          include: ['test/e2e/**/*.e2e.test.ts'],
          exclude: STORIES,
          globalSetup: [WEIGHT],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
