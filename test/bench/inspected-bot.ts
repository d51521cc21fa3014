/**
 * A whole bot at the speed of the machine, in a process of its own: `node inspected-bot.ts MODE HOURS [none]` (`none`: without
 * invariants). Prints one line of JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InspectionEvent } from 'xstate';
import { createBot } from '../../src/actors/bot.ts';
import { EXIT_DEFAULTS } from '../../src/actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { PaperBroker } from '../../src/adapters/paper-broker.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { pinoLog } from '../../src/adapters/pino-log.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { simMarket } from '../../src/adapters/sim-market.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import { wholeFileStore } from '../../src/adapters/whole-file-store.ts';
import { openAlerts } from '../../src/cli/open-alerts.ts';
import { paceFor } from '../../src/cli/pace.ts';
import { catalogue } from '../../src/healing/invariants/catalogue.ts';
import { type FlightRecorder, flightRecorder } from '../../src/inspector/flight-recorder.ts';
import { createRecorder } from '../../src/inspector/recorder.ts';
import type { World } from '../../src/ports/world.ts';

/** `none`: XState calls an observer that does nothing. `flight`: what a bot runs with when nobody looks. */
export const BOT_MODES = ['off', 'none', 'recorder', 'flight', 'page'] as const;
export type BotMode = (typeof BOT_MODES)[number];

export interface BotFigures {
  readonly ticks: number;
  /** Inspection events; 0 where nobody counts. */
  readonly events: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Bytes told to the page. */
  readonly told: number;
}

const START = Date.UTC(2026, 0, 5);
const BAR_MS = 60_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

async function run(mode: BotMode, hours: number, judged: boolean): Promise<BotFigures> {
  const root = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'kintsugi-bench-bot-'));
  const clock = new VirtualClock(START);
  const chance = seededChance(7);
  const files = nodeFiles(root, { durability: 'written', watched: false });
  const quarantine = fileQuarantine(files, clock);
  const logs = jsonlLogs(files, quarantine, null);
  const store = wholeFileStore(files);
  const pending = new PendingWork();
  const log = pinoLog(root, { clock });
  const redactor = new Redactor();
  const market = simMarket({ symbols: SYMBOLS, intervalMs: BAR_MS, clock, chance: chance.fork('market') });
  const broker = await PaperBroker.open({
    clock,
    chance: chance.fork('broker'),
    startEquityUsd: 100_000,
    store: { load: async () => null, save: async () => undefined },
  });
  const alerts = await openAlerts(logs, {
    ...{ clock, store, quarantine, pending, log, redactor },
    ...{ chance: chance.fork('alerts'), sinks: [], repeatAfterMs: 4 * 3_600_000 },
  });
  let ticks = 0;
  const world: World = {
    ...{ clock, files, logs, store, quarantine, broker, alerts, log, pending },
    chance: chance.fork('bot'),
    bus: logs.log(SIGNAL_BUS_FILE, { sequenced: true }),
    feed: {
      ...market,
      start: (listener) =>
        market.start({
          ...listener,
          tick: (tick) => {
            ticks++;
            broker.mark(tick);
            listener.tick(tick);
          },
        }),
    },
    lease: { partition: 'bench', epoch: 1, release: async () => undefined },
    pace: paceFor('max'),
    vitals: null,
  };

  const timer = wallClock({ keepsAlive: false });
  const parts = { now: () => clock.now(), timer, redact: <T>(value: T) => redactor.value(value) };
  let [events, told] = [0, 0];
  let inspect: ((event: InspectionEvent) => void) | undefined;
  let flight: FlightRecorder | null = null;
  if (mode === 'none')
    inspect = () => {
      events++;
    };
  else if (mode !== 'off') {
    const recorder = createRecorder(parts);
    inspect = recorder.inspect;
    if (mode !== 'recorder') flight = flightRecorder({ ...parts, source: recorder, files, log });
    if (mode === 'page')
      recorder.follow((delta) => {
        told += JSON.stringify(delta).length;
      });
  }
  const bot = createBot({
    world,
    invariants: judged ? catalogue({ barMs: BAR_MS, recorded: false, ...world.pace }, SYMBOLS) : [],
    settings: { guards: { ...GUARD_LIMITS, barMs: BAR_MS }, leverage: 3, exits: EXIT_DEFAULTS },
    ...(inspect ? { inspect } : {}),
  });
  bot.start();
  const until = (at: number) => clock.run({ until: () => clock.now() >= at, idle: () => pending.idle() });
  // A warm engine, and a bot that has opened.
  await until(START + (hours / 5) * 3_600_000);
  ticks = 0;
  events = 0;
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await until(START + (hours / 5 + hours) * 3_600_000);
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - began;
  const figures = { ticks, events, wallMs, cpuMs: (user + system) / 1_000, told };
  bot.stop();
  let stopped = false;
  bot.stopped.then(() => {
    stopped = true;
  });
  await clock.run({ until: () => stopped, idle: () => pending.idle() });
  await flight?.close();
  await alerts.close();
  log.close();
  rmSync(root, { recursive: true, force: true });
  return figures;
}

if (process.argv[1] === import.meta.filename) {
  const [, , mode = 'off', hours = '100', invariants = 'all'] = process.argv;
  console.log(JSON.stringify(await run(mode as BotMode, Number(hours), invariants !== 'none')));
}
