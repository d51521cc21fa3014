/**
 * Whole bots at the speed of the machine, in a process of their own: `node inspected-bot.ts HOURS WAY [WAY]`, a way being one of
 * {@link BOT_MODES}, or `unjudged`: without invariants and inspection. Two run side by side in turns of half an hour of their time, so that
 * what the machine does meanwhile is the same for both. Prints one line of JSON, an array of figures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BotParts, createBot } from '../../src/actors/bot.ts';
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

/** `none`: an observer that does nothing. `flight`: what a bot runs with when nobody looks. */
export const BOT_MODES = ['off', 'none', 'recorder', 'flight', 'page'] as const;
export type BotMode = (typeof BOT_MODES)[number];
export type BotWay = BotMode | 'unjudged';

export interface BotFigures {
  readonly ticks: number;
  /** Inspection events; 0 where nobody counts. */
  readonly events: number;
  readonly cpuMs: number;
  /** Bytes told to the page. */
  readonly told: number;
}

interface BenchedBot {
  /** Runs until so many ms after the start, of its own time. */
  readonly until: (afterMs: number) => Promise<void>;
  /** What it has done since it was asked last. */
  readonly since: () => Pick<BotFigures, 'ticks' | 'events' | 'told'>;
  readonly close: () => Promise<void>;
}

const START = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
const TURN_MS = HOUR_MS / 2;
const BAR_MS = 60_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

async function open(way: BotWay): Promise<BenchedBot> {
  const mode = way === 'unjudged' ? 'off' : way;
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
    startEquityUsd: 10_000,
    store: { load: async () => null, save: () => pending.track(Promise.resolve()) },
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
  let inspect: BotParts['inspect'];
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
    invariants: way !== 'unjudged' ? catalogue({ barMs: BAR_MS, recorded: false, ...world.pace }, SYMBOLS) : [],
    settings: { guards: { ...GUARD_LIMITS, barMs: BAR_MS }, leverage: 3, exits: EXIT_DEFAULTS },
    ...(inspect ? { inspect } : {}),
  });
  bot.start();
  return {
    until: (afterMs) => clock.run({ until: () => clock.now() >= START + afterMs, idle: () => pending.idle() }),
    since: () => {
      const done = { ticks, events, told };
      [ticks, events, told] = [0, 0, 0];
      return done;
    },
    close: async () => {
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
    },
  };
}

async function run(hours: number, ways: readonly BotWay[]): Promise<readonly BotFigures[]> {
  const bots = await Promise.all(ways.map(open));
  const cpuMs = bots.map(() => 0);
  // A warm engine, and bots that have opened.
  const from = (hours / 5) * HOUR_MS;
  for (let at = TURN_MS; at <= from + hours * HOUR_MS; at += TURN_MS) {
    if (at <= from) for (const bot of bots) bot.since();
    // Who goes first pays for what the other left to be collected.
    const order = [...bots.keys()];
    if ((at / TURN_MS) % 2 === 0) order.reverse();
    for (const which of order) {
      const cpu = process.cpuUsage();
      await bots[which]?.until(at);
      const { user, system } = process.cpuUsage(cpu);
      if (at > from) cpuMs[which] = (cpuMs[which] ?? 0) + (user + system) / 1_000;
    }
  }
  const figures = bots.map((bot, which) => ({ ...bot.since(), cpuMs: cpuMs[which] ?? Number.NaN }));
  for (const bot of bots) await bot.close();
  return figures;
}

if (process.argv[1] === import.meta.filename) {
  const [, , hours = '100', ...ways] = process.argv;
  console.log(JSON.stringify(await run(Number(hours), ways as BotWay[])));
}
