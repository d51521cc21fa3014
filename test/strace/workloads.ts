/** What the bot does while its calls fail: runs in virtual time, so that every run of one makes the same calls in the same order. */
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Looser guards and near exits: entries, exits, a sealed segment of the event log and a checkpoint in 45 minutes of 60 s bars. */
export const CONFIG = {
  symbols: ['BTCUSDT', 'ETHUSDT'],
  speed: 'max',
  seed: 7,
  durability: 'synced',
  segmentMb: 0.01,
  sim: { intervalMs: 60_000 },
  http: { enabled: false },
  guards: {
    volatility: { min: 0.000001, max: 1, maxSpreadBps: 100 },
    hourly: { overall: 10_000, perSymbol: 10_000 },
    fees: { minMultiple: 0.001 },
    correlation: { tolerated: 100 },
    regime: { trend: ['trending', 'ranging', 'volatile'], reversion: ['trending', 'ranging', 'volatile'] },
  },
  exits: { stopFraction: 0.003, tp1: { at: 0.004 }, timeStopMinutes: 20 },
} as const;

export interface Workload {
  readonly name: string;
  readonly does: string;
  /** @param healthy the directory of a bot that ran and stopped cleanly; makes what it needs of it at `dir` */
  readonly prepare: (dir: string, healthy: string) => void;
  /** What must be found in some file of the directory whatever happens. */
  readonly evidence: (healthy: string) => readonly string[];
  readonly args: (dir: string, config: string) => readonly string[];
}

const run = (time: string) => (dir: string, config: string) => [
  ...['run', '--config', config, '--dir', dir, '--for', time, '--json'],
];

const POSITIONS = 'logs/positions_futures.json';
const TORN = '{"event_type":"signal_decision","signal_id":"half of';
const GARBAGE = '*'.repeat(40);
const CUT_AT = 200;

/** Half a record at the end of one log, garbage within the event log, a document cut in two. */
function damaged(dir: string, healthy: string): void {
  cpSync(healthy, dir, { recursive: true });
  appendFileSync(join(dir, 'logs/signal_decisions.jsonl'), TORN);
  const bus = join(dir, 'logs/signal_bus-000001.jsonl');
  const bytes = readFileSync(bus);
  bytes.write(GARBAGE, bytes.indexOf('\n', bytes.length >> 1) + 1);
  writeFileSync(bus, bytes);
  writeFileSync(join(dir, POSITIONS), readFileSync(join(dir, POSITIONS)).subarray(0, CUT_AT));
}

/** A log that is gone, too: for the bot alone, since `heal` makes nothing up. */
function damagedAndGone(dir: string, healthy: string): void {
  damaged(dir, healthy);
  rmSync(join(dir, 'logs/ensemble_predictions.jsonl'));
}

/** Nothing is deleted: what was damaged lies where it lay, or in quarantine. */
const evidence = (healthy: string): readonly string[] => [
  TORN,
  GARBAGE,
  readFileSync(join(healthy, POSITIONS), 'utf8').slice(0, CUT_AT),
];

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'trade',
    does: 'runs in a new directory: enters, exits, seals a segment',
    prepare: () => undefined,
    evidence: () => [],
    args: run('45m'),
  },
  {
    name: 'mend',
    does: 'runs where four records are damaged, and mends them',
    prepare: damagedAndGone,
    evidence,
    args: run('12m'),
  },
  {
    name: 'heal',
    does: 'kintsugi heal, where three records are damaged',
    prepare: damaged,
    evidence,
    args: (dir) => ['heal', '--dir', dir, '--json'],
  },
];
