import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    sequence: { shuffle: { tests: true, files: false } },
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/**/*.it.test.ts', 'test/e2e/**'] } },
      { test: { name: 'integration', include: ['test/**/*.it.test.ts'], testTimeout: 120_000, hookTimeout: 180_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { shuffle: false },
        },
      },
    ],
  },
});
