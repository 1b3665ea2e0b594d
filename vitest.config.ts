import { defineConfig } from 'vitest/config';

/** Tests of a file come in random order, so that none leans on another; an end-to-end file tells a story in order. */
const anyOrder = { sequence: { shuffle: { tests: true, files: false } } } as const;

const story = (name: string): string => `test/e2e/${name}.e2e.test.ts`;

/**
 * End-to-end stories that `npm test` tells: there and back, a move that fails. CI tells three more: a new service, backups,
 * drills of what has not moved. The other files are the breadth: drivers, networks, other services, rights, bad input
 * (`npm run test:breadth`).
 */
const STORIES = ['there-and-back', 'undo'].map(story);
const MORE_STORIES = ['provision', 'backups', 'shared-drills'].map(story);

/** Files that take a minute and more each: whole programs against a real server, again and again. CI runs them, `npm test` does not. */
const LONG = [
  'test/usecases/restore.it.test.ts',
  'test/engines/postgres/{artifact,mutations,passwords,shared,shared-sets,swap}.it.test.ts',
  'test/engines/postgres/backup/{notify,offsite,schedule,store-faults,stranger}.it.test.ts',
  'test/lab/lab.it.test.ts',
  'test/render/scripts.it.test.ts',
];

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
          // Modules are read once for all files of a thread, which is half of the time (measured).
          isolate: false,
          ...anyOrder,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.it.test.ts'],
          exclude: LONG,
          globalSetup: ['test/support/postgres-template.ts', WEIGHT],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...anyOrder,
        },
      },
      {
        test: {
          name: 'long',
          include: LONG,
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
          name: 'stories',
          include: MORE_STORIES,
          globalSetup: [WEIGHT],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'breadth',
          include: ['test/e2e/**/*.e2e.test.ts'],
          exclude: [...STORIES, ...MORE_STORIES],
          globalSetup: [WEIGHT],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
