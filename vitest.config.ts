import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** What mostly computes: these share a process, and read what they test once for all. */
const COMPUTING = [
  ...['actors', 'conformance', 'healing', 'inspector', 'machines', 'model', 'page', 'ports'].map(
    (folder) => `test/${folder}/**/*.test.ts`,
  ),
  'test/adapters/*.test.ts',
];

const common = {
  // Fault tests start processes and wait for real disks; two cores run two files at a time. Three at a time are no faster.
  maxWorkers: 2,
  // Tests that mostly wait do so together.
  maxConcurrency: 3,
  // What hangs is told from what is slow, also on a machine that has much else to do.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // What is awaited comes as soon as it can; a busy machine takes its time.
  expect: { poll: { timeout: 45_000 } },
};

export default defineConfig({
  test: {
    ...common,
    projects: [
      {
        // What lives with processes, browsers and the clock of the wall is given a second try, which the count names.
        test: { ...common, name: 'living', include: ['test/**/*.test.ts'], exclude: COMPUTING, retry: 1 },
      },
      { test: { ...common, name: 'computing', include: COMPUTING, isolate: false } },
    ],
    sequence: { sequencer: LongestFirst },
    globalSetup: ['./test/temporary-folder.ts', './test/one-file-packages.ts', './test/built-page.ts'],
    reporters: ['default', './test/count-reporter.ts'],
  },
});
