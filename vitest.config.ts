import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Fault tests start processes and wait for real disks; two cores run two files at a time.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is awaited comes as soon as it can; a busy machine takes its time.
    expect: { poll: { timeout: 15_000 } },
    globalSetup: './test/temporary-folder.ts',
    reporters: ['default', './test/count-reporter.ts'],
  },
});
