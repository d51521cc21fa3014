import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bot, type BotParts, createBot } from '../../src/actors/bot.ts';
import { EXIT_DEFAULTS } from '../../src/actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { PaperBroker, type SubmitFault } from '../../src/adapters/paper-broker.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { pinoLog } from '../../src/adapters/pino-log.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { simMarket } from '../../src/adapters/sim-market.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import { wholeFileStore } from '../../src/adapters/whole-file-store.ts';
import { statusOf } from '../../src/cli/bot-status.ts';
import { openAlerts } from '../../src/cli/open-alerts.ts';
import { catalogue } from '../../src/healing/invariants/catalogue.ts';
import type { IncidentRecord } from '../../src/healing/ledger.ts';
import type { StatusReport } from '../../src/healing/status.ts';
import type { AlertSink } from '../../src/ports/alerts.ts';
import type { Files } from '../../src/ports/files.ts';
import type { World } from '../../src/ports/world.ts';

/** A whole bot on real files and a clock that runs `speed` times faster than the wall's. */
export interface LivingBot {
  readonly root: string;
  readonly bot: Bot;
  readonly world: World;
  readonly broker: PaperBroker;
  status(): StatusReport;
  /** Lines of `logs/bot_out.log`. */
  said(): readonly string[];
  /** The last word on each incident. */
  incidents(): readonly IncidentRecord[];
  /** Every line about them. */
  ledger(): readonly IncidentRecord[];
  /** Waits, in real time, until something holds; throws with the bot's own words after `withinMs`, which a busy machine may need. */
  until(what: string, holds: () => boolean, withinMs?: number): Promise<void>;
  /** The feed stays connected and says nothing, until it is started anew. */
  silenceFeed(): void;
  stop(): Promise<void>;
}

export interface LivingBotOptions {
  readonly root?: string;
  readonly seed?: number;
  readonly intervalMs?: number;
  readonly speed?: number;
  /** Wraps the files, to make them fail. */
  readonly files?: (files: Files) => Files;
  readonly onSubmit?: () => SubmitFault;
  /** The event log has a second copy elsewhere. */
  readonly mirrored?: boolean;
  readonly sinks?: readonly AlertSink[];
  /** How the process is; nobody measures where it is left out. */
  readonly vitals?: World['vitals'];
  /** Looser guards, so that the bot trades a lot in a short time. */
  readonly eager?: boolean;
  readonly healing?: 'act' | 'observe';
  readonly inspect?: BotParts['inspect'];
  /** When a bot that is not up yet is taken for one that never will be, ms. */
  readonly upWithinMs?: number;
  /** How often it looks at its files where no news of a change makes it look, ms. */
  readonly looksEveryMs?: number;
}

/** Every bot of a test owns its directory in an epoch of its own. */
let epochs = 0;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const EAGER = {
  ...GUARD_LIMITS,
  volatility: { min: 0.000001, max: 1, maxSpreadBps: 100 },
  hourly: { overall: 10_000, perSymbol: 10_000 },
  fees: { ...GUARD_LIMITS.fees, minMultiple: 0.001 },
  correlation: { ...GUARD_LIMITS.correlation, tolerated: 100 },
  regime: {
    ...GUARD_LIMITS.regime,
    allowed: { trend: ['trending', 'ranging', 'volatile'], reversion: ['trending', 'ranging', 'volatile'] },
  },
} as const satisfies typeof GUARD_LIMITS;

export async function livingBot(options: LivingBotOptions = {}): Promise<LivingBot> {
  const { seed = 7, intervalMs = 100, speed = 1, onSubmit, eager = true } = options;
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'kintsugi-bot-'));
  const clock = wallClock({ speed });
  const chance = seededChance(seed);
  const plain = nodeFiles(root, { durability: 'written' });
  const files = options.files?.(plain) ?? plain;
  const quarantine = fileQuarantine(files, clock);
  const mirror = options.mirrored
    ? nodeFiles(mkdtempSync(join(tmpdir(), 'kintsugi-mirror-')), { durability: 'written', watched: false })
    : null;
  const logs = jsonlLogs(files, quarantine, mirror);
  const store = wholeFileStore(files);
  const pending = new PendingWork();
  const log = pinoLog(root, { clock });
  const feed = simMarket({
    symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
    intervalMs,
    clock,
    chance: chance.fork('market'),
  });
  const exchange = wholeFileStore(plain);
  const broker = await PaperBroker.open({
    clock,
    chance: chance.fork('broker'),
    startEquityUsd: 100_000,
    store: {
      load: async () =>
        JSON.parse(new TextDecoder().decode((await plain.read('state/paper_exchange.json')) ?? Buffer.from('null'))),
      save: (state) => pending.track(exchange.save('state/paper_exchange.json', state)),
    },
    ...(onSubmit ? { onSubmit } : {}),
  });
  const alerts = await openAlerts(logs, {
    clock,
    store,
    quarantine,
    pending,
    log,
    chance: chance.fork('alerts'),
    redactor: new Redactor(),
    sinks: options.sinks ?? [],
    repeatAfterMs: 4 * 3_600_000,
  });
  const pace = {
    lookMs: options.looksEveryMs ?? 2_000 * speed,
    changeMs: 50 * speed,
    checkMs: 200 * speed,
    saveMs: 200 * speed,
    showMs: 200 * speed,
    judgeMs: 10 * (speed - 1),
    sweepMs: 2_000 * speed,
  };
  let mute = false;
  const world: World = {
    clock,
    chance: chance.fork('bot'),
    files,
    logs,
    bus: logs.log(SIGNAL_BUS_FILE, { sequenced: true }),
    store,
    quarantine,
    feed: {
      ...feed,
      start: (listener) => {
        // A socket that went silent talks again when it is opened anew.
        mute = false;
        return feed.start({
          ...listener,
          tick: (tick) => {
            if (mute) return;
            broker.mark(tick);
            listener.tick(tick);
          },
        });
      },
    },
    broker,
    alerts,
    log,
    lease: { partition: 'test', epoch: ++epochs, release: async () => undefined },
    pending,
    pace,
    vitals: options.vitals ?? null,
  };
  const limits = eager ? EAGER : GUARD_LIMITS;
  const bot = createBot({
    world,
    invariants: catalogue({ barMs: intervalMs, recorded: false, ...pace }, feed.symbols),
    settings: { guards: { ...limits, barMs: intervalMs }, leverage: 3, exits: EXIT_DEFAULTS },
    healing: options.healing ?? 'act',
    ...(options.inspect ? { inspect: options.inspect } : {}),
  });
  bot.start();

  const lines = (path: string): readonly string[] => {
    try {
      return readFileSync(join(root, path), 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };
  const ledger = (): readonly IncidentRecord[] =>
    lines('logs/healing.jsonl').map((line) => JSON.parse(line) as IncidentRecord);
  const incidents = (): readonly IncidentRecord[] => {
    const byId = new Map<string, IncidentRecord>();
    for (const record of ledger()) byId.set(record.incident_id, record);
    return [...byId.values()];
  };
  let stopping: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    bot.stop();
    await bot.stopped;
    await pending.idle();
    await alerts.close();
    log.close();
  };
  const living: LivingBot = {
    root,
    bot,
    world,
    broker,
    status: () => statusOf(bot, world, 0),
    said: () => lines('logs/bot_out.log').map((line) => String((JSON.parse(line) as { msg: string }).msg)),
    incidents,
    ledger,
    silenceFeed: () => {
      mute = true;
    },
    until: async (what, holds, withinMs = 45_000) => {
      const began = performance.now();
      while (!holds()) {
        if (performance.now() - began > withinMs) {
          const doubts = Object.values(living.status().components).flatMap(({ invariants }) =>
            invariants.filter((one) => one.holds !== true).map((one) => `${one.id}: ${one.evidence.says}`),
          );
          const told = incidents().map(
            (one) => `${one.invariant} ${one.status} ${JSON.stringify(one.remedies)} ${one.verdict}`,
          );
          throw new Error(
            `it did not come about within ${withinMs} ms: ${what}\nnot holding:\n${doubts.join('\n')}\nincidents:\n${told.join('\n')}\nsaid:\n${living.said().slice(-15).join('\n')}`,
          );
        }
        await sleep(5);
      }
    },
    stop: () => {
      stopping ??= end();
      return stopping;
    },
  };
  const isUp = (): boolean =>
    Object.values(living.status().components).every(({ invariants }) =>
      invariants.every(({ holds }) => holds === true),
    );
  try {
    await living.until('the bot is up and every invariant is known', isUp, options.upWithinMs);
  } catch (error) {
    await living.stop();
    throw error;
  }
  return living;
}
