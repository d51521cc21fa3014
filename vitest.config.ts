import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Fault tests start processes and wait for real disks; two cores run two files at a time. Three at a time are no faster.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is awaited comes as soon as it can; a busy machine takes its time.
    expect: { poll: { timeout: 15_000 } },
    globalSetup: ['./test/temporary-folder.ts', './test/built-page.ts'],
    reporters: ['default', './test/count-reporter.ts'],
  },
});
