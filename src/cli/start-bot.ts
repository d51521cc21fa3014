import { resolve } from 'node:path';
import { z } from 'zod';
import { createBot } from '../actors/bot.ts';
import { HEARTBEAT_FILE } from '../actors/heartbeat.ts';
import { SIGNAL_BUS_FILE } from '../actors/records.ts';
import { clearUnfinished } from '../adapters/clear-unfinished.ts';
import { fencedBroker } from '../adapters/fenced-broker.ts';
import { fileQuarantine } from '../adapters/file-quarantine.ts';
import { CannotServe } from '../adapters/http/cannot-serve.ts';
import { jsonlLogs } from '../adapters/jsonl-logs.ts';
import { kernelLock } from '../adapters/kernel-lock.ts';
import { mutableFeed } from '../adapters/mutable-feed.ts';
import { nodeFiles } from '../adapters/node-files.ts';
import { OWNER_FILE } from '../adapters/owner-record.ts';
import { PendingWork } from '../adapters/pending-work.ts';
import { pinoLog } from '../adapters/pino-log.ts';
import { processTime } from '../adapters/process-time.ts';
import { processVitals } from '../adapters/process-vitals.ts';
import { Redactor } from '../adapters/redactor.ts';
import { seededChance } from '../adapters/seeded-chance.ts';
import { tellingStore } from '../adapters/telling-store.ts';
import { VirtualClock } from '../adapters/virtual-clock.ts';
import { wallClock } from '../adapters/wall-clock.ts';
import { wholeFileStore } from '../adapters/whole-file-store.ts';
import { catalogue } from '../healing/invariants/catalogue.ts';
import type { StatusReport } from '../healing/status.ts';
import type { Clock, TimerId } from '../ports/clock.ts';
import type { Beat } from '../ports/guardian.ts';
import type { MarketFeed } from '../ports/market-feed.ts';
import { OwnedElsewhere } from '../ports/ownership.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import { alertSinks, HOUR_MS } from './alert-config.ts';
import type { BotOptions, HostedBot, LoneBotOptions, RunningBot, Summary } from './bot.ts';
import { notRunning, statusOf } from './bot-status.ts';
import { MB } from './config/schema.ts';
import { CRASH_LOOP, OUTAGE } from './guardian/records.ts';
import { refuseHalfMoved } from './half-moved.ts';
import { refuseHeldElsewhere } from './held-elsewhere.ts';
import { holdsOf } from './holds-of.ts';
import type { Inspected } from './inspector/inspected.ts';
import { openAlerts } from './open-alerts.ts';
import { openBroker } from './open-broker.ts';
import { openFeed } from './open-feed.ts';
import { paceFor } from './pace.ts';
import { summarise } from './summary.ts';

/** An order cannot be on its way any more when the exchange's receive window is over, and this long besides, ms. */
const PROVEN_MARGIN_MS = 30_000;
/** How long the bot lives on after its feed has ended, so that orders under way are answered, ms of bot time. */
const LAST_ORDERS_MS = 5_000;

/** What can be asked of a running bot. */
const operatorRequest = z.discriminatedUnion('request', [
  z.object({ request: z.literal('resume'), reason: z.string().min(1), by: z.string().min(1), force: z.boolean() }),
  z.object({ request: z.enum(['pause', 'flatten']), reason: z.string().min(1), by: z.string().min(1) }),
]);

const feedInWords = (feed: BotOptions['feed']): string => {
  if (feed.kind === 'ccxt') return `live prices of ${feed.exchange}`;
  return feed.kind === 'sim' ? 'simulated market' : 'recorded candles';
};

/** Which tick had gone through when the bot last ran here, ms, or `null`: a replay goes on after it. */
const lastTick = (bytes: Uint8Array | null): number | null => {
  const [, line] = bytes === null ? [] : new TextDecoder().decode(bytes).split('\n');
  const found = /"tick":"([^"]+)"/.exec(line ?? '')?.[1];
  const at = found === undefined ? Number.NaN : Date.parse(found);
  return Number.isNaN(at) ? null : at;
};

/**
 * Puts a bot together and starts it: takes the directory's lock, opens the feed, and gives the actors their world.
 * Throws `OwnedElsewhere`, `FileFault` or the feed's own error before anything was written but the lock's epoch.
 */
export function startBot(options: LoneBotOptions): Promise<RunningBot>;
export function startBot(options: BotOptions): Promise<HostedBot>;
export async function startBot(options: BotOptions): Promise<HostedBot> {
  const { dir, speed, seed, config } = options;
  const time = processTime();
  const live = options.live ?? null;
  const redactor = live?.redactor ?? new Redactor();
  const isSending = speed !== 'max' || config.alerts.sendAtMaxSpeed;
  const sinks = isSending ? alertSinks(config.alerts, options.environment ?? process.env, redactor, dir) : [];
  const chance = seededChance(seed);
  const durability = config.durability ?? (speed === 'max' ? 'written' : 'synced');
  const { partition } = options;
  const own = nodeFiles(dir, { durability, watched: speed !== 'max' });
  const files = partition?.files ?? own;
  await refuseHalfMoved(own, dir);
  const resumeAfter = lastTick(await files.read(HEARTBEAT_FILE));
  const market = await openFeed(options, resumeAfter, chance.fork('market'));

  const clock: Clock & { run?: VirtualClock['run'] } =
    speed === 'max'
      ? new VirtualClock(market.startAt)
      : wallClock({ speed, origin: market.origin, follows: speed === 1 && market.origin === null });
  let report: () => StatusReport = () => notRunning(null);
  let act: (request: Readonly<Record<string, unknown>>) => Promise<unknown> = async () => ({
    error: 'the bot is only starting; ask again',
  });
  let troubled = (error: unknown): void => options.onLine('warn', says(error));
  const lock = await kernelLock(dir, {
    ...{ files: own, answer: () => report(), act: (request: Readonly<Record<string, unknown>>) => act(request) },
    troubled: (error) => troubled(error),
  }).acquire('default');
  const lease = partition?.lease ?? lock;

  const log = pinoLog(dir, { clock, redactor, mirror: (level, message) => options.onLine(level, message) });
  const { cleared, refused } = clearUnfinished(dir);
  if (cleared.length > 0) log.info('took away what the run before died over while it made it', { files: cleared });
  for (const reason of refused) log.warn(`what the run before left unfinished stays: ${reason}`);
  const quarantine = fileQuarantine(files, clock);
  const mirror = config.mirror === null ? null : nodeFiles(resolve(config.mirror), { durability, watched: false });
  const logs = jsonlLogs(files, quarantine, mirror, config.segmentMb * MB, log);
  const store = tellingStore(wholeFileStore(files), log);
  const pending = new PendingWork();
  const inspection = options.inspector
    ? (await import('./inspector/inspection.ts')).openInspection(options.inspector, { dir, clock, log, redactor })
    : null;
  // Nothing runs yet: whoever asked is told, and the directory is free again.
  const backOut = async (error: unknown): Promise<never> => {
    await inspection?.close('the bot could not be started', true);
    log.close();
    await lock.release();
    throw error;
  };
  const openMarket = await market.open({ clock, log, pending }, (price) => exchange.opens(price)).catch(backOut);
  const { feed: opened, instrument } = openMarket;
  // Its sockets would keep a process alive that is no bot.
  const leaveMarket = async (error: unknown): Promise<never> => {
    await openMarket.close();
    return backOut(error);
  };
  const bus = logs.log(SIGNAL_BUS_FILE, { sequenced: true });
  const past = { bus, chance: chance.fork('past'), files, lease, log, pending, quarantine, store };
  await refuseHeldElsewhere(past, opened.symbols, partition ? lease.partition : null).catch(leaveMarket);
  const parts = {
    ...{ clock, chance: chance.fork('broker'), log, store, pending, instrument },
    symbols: opened.symbols,
    startEquityUsd: config.startEquityUsd,
    funding: market.funding,
    recorded: opened.recorded,
    recvWindowMs: config.exchange.recvWindowMs,
    lease: partition?.lease ?? null,
  };
  const exchange = options.exchange ?? (await openBroker(live, parts).catch(leaveMarket));
  const broker = partition ? fencedBroker(exchange.broker, partition.lease, opened.symbols) : exchange.broker;
  const marked: MarketFeed = {
    symbols: opened.symbols,
    intervalMs: opened.intervalMs,
    recorded: opened.recorded,
    recent: (symbol, count) => opened.recent(symbol, count),
    newest: (symbol) => opened.newest(symbol),
    start: (listener) =>
      opened.start({
        ...listener,
        tick: (tick) => {
          // The exchange knows a price before anybody who asks it, and also when our connection is silent.
          exchange.mark(tick);
          ticks++;
          lastAt = tick.at;
          listener.tick(tick);
        },
        price: (quote) => {
          exchange.quote(quote);
          listener.price(quote);
        },
        notice: (notice) => {
          listener.notice(notice);
          if (notice.type === 'ended') clock.setTimeout(() => stop('the feed has ended'), LAST_ORDERS_MS);
        },
        failed: (error) => listener.failed(error),
      }),
  };
  // What breaks by itself is not broken for show.
  const breakable = inspection === null || options.feed.kind === 'ccxt' ? null : mutableFeed(marked, clock);
  const feed = breakable ?? marked;
  let ticks = 0;
  let lastAt: number | null = null;

  const repeatAfterMs = config.alerts.repeatAfterHours * HOUR_MS;
  const desk = {
    clock,
    store,
    quarantine,
    pending,
    log,
    chance: chance.fork('alerts'),
    redactor,
    sinks,
    repeatAfterMs,
  };
  const alerts = await openAlerts(logs, desk);
  const pace = paceFor(speed);
  const vitals = speed === 'max' ? null : processVitals(dir);
  const world: World = {
    clock,
    chance: chance.fork('bot'),
    files,
    logs,
    bus,
    store,
    quarantine,
    feed,
    broker,
    // What a real exchange will charge is not known before it does.
    ...(exchange.isPaper ? { funding: market.funding } : {}),
    alerts,
    log,
    lease,
    pending,
    pace,
    vitals,
    ...holdsOf([live?.holds, partition?.holds]),
  };
  const bot = createBot({
    world,
    invariants: catalogue({ barMs: feed.intervalMs, recorded: feed.recorded, ...pace }, feed.symbols),
    healing: config.healing,
    ...(inspection ? { inspect: inspection.inspect as (event: unknown) => void } : {}),
    settings: {
      guards: { ...config.guards, barMs: feed.intervalMs },
      leverage: config.leverage,
      exits: config.exits,
      // A stop on paper rests in this process, and protects nothing when it is gone.
      protection: { ...config.protection, enabled: config.protection.enabled && !exchange.isPaper },
      // What others earn or lose is in the account's money, too.
      sharesAccount: partition?.sharesAccount === true && !exchange.isPaper,
      ...(exchange.isPaper ? {} : { provenAfterMs: config.exchange.recvWindowMs + PROVEN_MARGIN_MS }),
      ...(options.strategies ? { strategies: options.strategies } : {}),
      ...(options.guards ? { guardsAsked: options.guards } : {}),
    },
  });
  const status = (): StatusReport => ({
    ...statusOf(bot, world, time.uptimeSeconds()),
    inspector: inspection?.url ?? null,
    live: live?.status() ?? null,
  });
  report = status;
  act = async (request) => {
    const asked = operatorRequest.parse(request);
    if (asked.request === 'resume') return bot.resume(asked);
    return asked.request === 'pause' ? bot.pause(asked) : bot.flatten(asked);
  };

  let stopping = false;
  let timeOver: TimerId | null = null;
  const stop = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    // A timer that waits keeps the process alive for as long.
    if (timeOver !== null) clock.clearTimeout(timeOver);
    log.info(`stopping: ${reason}`);
    bot.stop();
  };

  troubled = (error) => {
    if (error instanceof OwnedElsewhere) return stop(`${says(error)}: it stood still for too long`);
    log.warn(
      `who owns ${dir} cannot be said in ${OWNER_FILE}: ${says(error)}; a bot in another container may take it over`,
    );
  };

  const startAt = clock.now();
  if (options.forMs !== null) timeOver = clock.setTimeout(() => stop('its time is over'), options.forMs);
  log.info(`kintsugi runs in ${dir}`, {
    feed: options.feed.kind === 'ccxt' ? `ccxt:${options.feed.exchange}` : options.feed.kind,
    orders: exchange.isPaper ? 'on paper' : 'real',
    symbols: feed.symbols,
    funding: exchange.isPaper ? market.fundingSays : 'as the exchange pays',
    speed,
    seed,
    epoch: lease.epoch,
  });
  if (market.past !== null) log[market.past.level](market.past.says);
  // Wherever a guardian had given up, or waited for the exchange, it is over.
  for (const one of [CRASH_LOOP, OUTAGE]) void alerts.resolve({ ...one, message: 'the bot runs again', details: {} });
  if (options.born) {
    log.warn(`[GUARDIAN] ${options.born}`);
    // The process was healed: what beats for all of it is watched.
    bot.board.watch('heartbeat', clock.now());
  }

  let ready = false;
  const proof = (): Beat => {
    ready ||= bot.root.getSnapshot().matches('running');
    const sweptAt: number | null = bot.mailboxes.ref('healingOperator')?.getSnapshot().context.lastSweepAt ?? null;
    return { ready, leaving: stopping, sweptAt, sweepEveryMs: speed === 'max' ? 0 : pace.sweepMs / speed };
  };
  const isReborn = options.born !== undefined;
  const inspected: Inspected = {
    ...{ bot, world, speed, status, proof, isPaper: exchange.isPaper },
    feedKind: feedInWords(options.feed),
    breakable: exchange.isPaper ? breakable : null,
  };
  try {
    await inspection?.serve(inspected, isReborn);
  } catch (error) {
    const isTaken = error instanceof CannotServe && error.code === 'EADDRINUSE' && options.inspector?.port === null;
    if (!isReborn && !isTaken) {
      // Nothing runs yet: who asked for a page is told, and starts anew.
      if (timeOver !== null) clock.clearTimeout(timeOver);
      await inspection?.close('the bot could not be started', true);
      await Promise.all([openMarket.close(), exchange.close()]);
      await alerts.close();
      vitals?.close();
      log.close();
      await lock.release();
      throw error;
    }
    // For want of a page that nobody named, or whose place somebody took meanwhile, no bot stays down.
    log.error(`[inspector] ${says(error)}`);
  }
  bot.start();
  live?.begin({ status, stop, log });

  const fraction = (): number | null => {
    const end = options.forMs !== null ? startAt + options.forMs : market.endAt;
    return end === null ? null : Math.min(1, (clock.now() - startAt) / Math.max(1, end - startAt));
  };
  const stopTelling = time.every(250, () => options.onProgress({ at: clock.now(), ticks, fraction: fraction() }));

  const end = async (): Promise<Summary | null> => {
    if (clock instanceof VirtualClock) {
      let stopped = false;
      const noteStopped = () => {
        stopped = true;
      };
      bot.stopped.then(noteStopped, noteStopped);
      await clock.run({ until: () => stopped, idle: () => pending.idle() });
    }
    await bot.stopped;
    await pending.idle();
    await Promise.all([openMarket.close(), exchange.close()]);
    vitals?.close();
    await inspection?.close(stopping ? 'the bot has stopped' : 'the bot has failed', stopping);
    const summary = partition ? null : summarise(world, bot.board, { ticks, from: startAt, to: lastAt });
    return Promise.resolve(summary).finally(() => alerts.close());
  };
  const finish = async () => {
    // A process may have many bots one after the other: whatever its end came to, nothing of this one stays locked.
    const summary = await end().finally(async () => {
      stopTelling();
      log.close();
      // All is over, and kept: what of the lock cannot be taken away is made anew by the next.
      await lock.release().catch((error: unknown) => options.onLine('warn', says(error)));
    });
    // Orphans of a root that failed may still tick: this process is no bot any more, and must not end as if it were well.
    if (!stopping) throw new Error('the root actor of the bot failed; logs/bot_out.log says why. Start the bot again');
    return summary;
  };

  return {
    finished: finish(),
    stop,
    status: () => report(),
    proof,
    address: inspection?.address ?? null,
    command: inspection?.command ?? null,
    inspected,
  };
}
