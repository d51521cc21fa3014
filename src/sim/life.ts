/** One process of the bot in the simulated world, from its start to its death. */
import { AlertDesk } from '../actors/alert-desk.ts';
import { type Bot, createBot } from '../actors/bot.ts';
import { SIGNAL_BUS_FILE } from '../actors/records.ts';
import { fileAlerts } from '../adapters/file-alerts.ts';
import { fileQuarantine } from '../adapters/file-quarantine.ts';
import { jsonlLogs } from '../adapters/jsonl-logs.ts';
import { PendingWork } from '../adapters/pending-work.ts';
import { seededChance } from '../adapters/seeded-chance.ts';
import { wholeFileStore } from '../adapters/whole-file-store.ts';
import { catalogue } from '../healing/invariants/catalogue.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { World } from '../ports/world.ts';
import { LifeClock } from './world/life-clock.ts';
import { BAR_MS } from './world/market.ts';
import type { Outside } from './world/outside.ts';
import { paceOf, settingsOf } from './world/setup.ts';
import { simVitals } from './world/vitals.ts';
import type { Writers } from './world/writers.ts';

const ALERT_REPEATS_MS = 4 * 3_600_000;
const STOP_WITHIN_MS = 3_000;
/** So that a life of an hour is rotated several times. */
export const SEGMENT_BYTES = 8 * 1024;

export interface Life {
  readonly bot: Bot;
  readonly world: World;
  readonly clock: LifeClock;
  readonly pending: PendingWork;
  /** Counted from 1, over all lives. */
  readonly number: number;
  readonly alive: boolean;
  /** The bot has stopped: what is still to be told is sent once more. */
  leave(): Promise<void>;
  /** The process is no more: nothing it began goes on. */
  end(): void;
}

/** What is acknowledged is told to the observer, before the bot hears of it. */
function overheard(bus: EventLog, { observer }: Outside, isAlive: () => boolean): EventLog {
  const append = bus.append.bind(bus);
  bus.append = async (record) => {
    const place = await append(record);
    if (isAlive()) observer.acknowledged?.(record);
    return place;
  };
  return bus;
}

/** Starts a process. Rejects where the bot's own start would; never resolves where it dies meanwhile. */
export async function beginLife(outside: Outside, writers: Writers): Promise<Life> {
  const { disk, exchange, market, script, observer } = outside;
  const number = ++outside.epoch;
  const { deaths } = disk;
  let alive = true;
  // One that dies before it has begun is ended by nobody: no other of this disk brings it back.
  const isAlive = (): boolean => alive && !disk.dead && disk.deaths === deaths;
  const clock = new LifeClock(outside.clock, writers, outside.ahead);
  const chance = seededChance(script.seed).fork(`life ${number}`);
  const files = disk.files();
  const quarantine = fileQuarantine(files, clock);
  const logs = jsonlLogs(files, quarantine, null, SEGMENT_BYTES);
  const store = wholeFileStore(files);
  const pending = new PendingWork();
  const pace = paceOf(script.setting);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const alerts = new AlertDesk({
    clock,
    store,
    quarantine,
    pending,
    log,
    chance: chance.fork('alerts'),
    file: fileAlerts(logs),
    sinks: [outside.pager.sink(clock, isAlive)],
    outside: clock,
    repeatAfterMs: ALERT_REPEATS_MS,
    stopWithinMs: STOP_WITHIN_MS,
    clean: (value) => value,
  });
  await alerts.open();
  const world: World = {
    clock,
    chance: chance.fork('bot'),
    files,
    logs,
    bus: overheard(logs.log(SIGNAL_BUS_FILE, { sequenced: true }), outside, isAlive),
    store,
    quarantine,
    feed: market.feed(),
    broker: exchange.connect(clock, isAlive),
    alerts,
    log,
    lease: { partition: 'sim', epoch: number, release: async () => undefined },
    pending,
    pace,
    vitals: simVitals(outside),
  };
  const bot = createBot({
    world,
    invariants: catalogue({ barMs: BAR_MS, recorded: false, ...pace }, world.feed.symbols),
    settings: settingsOf(script.setting),
  });
  writers.follow(bot.mailboxes);
  const life: Life = {
    bot,
    world,
    clock,
    pending,
    number,
    get alive() {
      return isAlive();
    },
    leave: () => alerts.close(),
    end: () => {
      alive = false;
      clock.stop();
      market.disconnect();
    },
  };
  observer.born?.(life);
  bot.start();
  return life;
}
