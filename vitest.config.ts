import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** What mostly computes: these share a process, and read what they test once for all. */
const COMPUTING = [
  ...['actors', 'conformance', 'healing', 'inspector', 'machines', 'model', 'money', 'page', 'ports', 'report'].map(
    (folder) => `test/${folder}/**/*.test.ts`,
  ),
  'test/adapters/*.test.ts',
  'test/cli/{guardian,inspector}/**/*.test.ts',
  // All but the commands, which are processes.
  'test/cli/config/!(commands).test.ts',
  'test/cli/{duration,report-book,summary}.test.ts',
  'test/simulation/{ddmin,fault-spec,script-file,shrink-script,tally}.test.ts',
  'test/simulation/{aims,found,late-orders,log-on-a-dying-disk,look-ahead,meetable,planted,sim-disk}.test.ts',
  'test/simulation/laws/*.test.ts',
  'test/cli/sim/{same-elsewhere,wish}.test.ts',
];

/**
 * What lives, too, and shares a process: what these start are processes of their own, or ends with its test. To load what they
 * need, ccxt above all, takes as long as many of them take.
 */
const NEIGHBOURS = [
  'test/adapters/ccxt/*.test.ts',
  'test/adapters/http/!(process|stately).test.ts',
  'test/adapters/kill/*.test.ts',
  // `start-bot` puts another module in the place of one.
  'test/cli/!(start-bot).test.ts',
  'test/cli/config/commands.test.ts',
  'test/cli/live/*.test.ts',
  'test/fake-exchange/!(loopback-guard).test.ts',
  'test/fuzz/{candles,config,doors,logs}.test.ts',
  'test/soak/judging.test.ts',
  'test/strace/calls.test.ts',
  'test/tidy.test.ts',
];

/** What computes, too, but in processes: one file of these is one of its own. */
const PATIENT = [
  'test/browser/{every-page,inspector-chart}.test.ts',
  'test/cli/{report,sim/*}.test.ts',
  'test/faults/{alerts-over-a-kill,kill-at-every-write}.test.ts',
  'test/simulation/**/*.test.ts',
  'test/{count-reporter,package}.test.ts',
];

/** Five hundred seeds take both processors for as long as this waits for bars of the market. They come first, and the others then. */
const SEEDS = ['test/simulation/seeds.test.ts'];
const BESIDE_SEEDS = ['test/postgres/live-worker.test.ts'];
const FIRST = { maxWorkers: 2, sequence: { groupOrder: 0 } };

const common = {
  // Most of these files wait as long as they compute: four at a time keep two cores busy. What only computes gives way (give-way.ts), or
  // what is measured in real time (a storm, a guardian) would fail for want of a processor.
  maxWorkers: 4,
  sequence: { groupOrder: 1 },
  // Tests that mostly wait do so together.
  maxConcurrency: 3,
  // What hangs is told from what is slow, also on a machine that has much else to do.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // What is awaited comes as soon as it can; a busy machine takes its time.
  expect: { poll: { timeout: 45_000 } },
};

// What lives with processes, browsers and the clock of the wall is given a second try, which the count names.
const living = { ...common, retry: 1 };
const yielding = { setupFiles: './test/give-way.ts' };

export default defineConfig({
  test: {
    ...common,
    projects: [
      {
        test: {
          ...{ ...living, name: 'living' },
          ...{ include: ['test/**/*.test.ts'], exclude: [...COMPUTING, ...PATIENT, ...NEIGHBOURS, ...BESIDE_SEEDS] },
        },
      },
      { test: { ...living, ...FIRST, ...yielding, name: 'seeds', include: SEEDS } },
      { test: { ...living, ...FIRST, name: 'beside-seeds', include: BESIDE_SEEDS } },
      { test: { ...living, ...yielding, name: 'patient', include: PATIENT, exclude: [...COMPUTING, ...SEEDS] } },
      {
        test: {
          ...{ ...living, name: 'neighbours', isolate: false },
          ...{ include: NEIGHBOURS, exclude: [...COMPUTING, ...PATIENT] },
        },
      },
      {
        test: {
          ...{ ...common, name: 'computing', isolate: false },
          ...{ include: COMPUTING, setupFiles: ['./test/give-way.ts', './test/files-in-memory.ts'] },
        },
      },
    ],
    // A quarter of the signals of a fleet run by hand (test/postgres/fleet-run.ts), which are the most of what it computes.
    env: { FLEET_PARTITIONS: process.env.FLEET_PARTITIONS ?? '6', FLEET_BAR_MS: process.env.FLEET_BAR_MS ?? '800' },
    sequence: { sequencer: LongestFirst },
    globalSetup: [
      './test/temporary-folder.ts',
      './test/one-file-packages.ts',
      './test/built-page.ts',
      './test/postgres/provided.ts',
    ],
    reporters: ['default', './test/count-reporter.ts'],
  },
});
