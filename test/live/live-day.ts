/**
 * A live bot as a process, the real ccxt client in it, against the fake exchange through recorded minutes, with faults of every kind
 * and kills: what of it must hold is counted. By hand: `node test/live/live-day.ts --minutes 1440 --speed 10 --faults 300 --kills 100`.
 *
 * Faster than about 10, the healer (whose time runs with the market's) restarts a feed that waits for the network (in real time)
 * before it has caught up: an hour is short enough to pass, a day is not.
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { OURS } from '../../src/actors/order-ids.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { recorded } from '../actors/recorded.ts';
import { type Started, start } from '../cli/cli.ts';
import { runningClock } from '../fake-exchange/engine/exchange-clock.ts';
import { FakeExchange } from '../fake-exchange/fake-exchange.ts';
import { FAULT_KINDS, faultPlan } from '../fake-exchange/faults/fault-plan.ts';
import { play } from '../fake-exchange/play.ts';

const SYMBOLS = { BTCUSDT: '0.02', ETHUSDT: '0.5', SOLUSDT: '8' } as const;
const MINUTE = 60_000;
const PAST_BARS = 700;
/** A position may stand without a stop for so long, real ms: network and process live in real time, the market runs faster. */
const BARE_AT_MOST_MS = 5_000;
/** Books that differ for so long at a stretch are not on their way to agreeing, real ms. */
const QUIET_MS = 15_000;

export interface DayOptions {
  readonly minutes: number;
  /** How many times faster the market and the bot's clock run than real time. */
  readonly speed: number;
  readonly faults: number;
  readonly kills: number;
  readonly seed: number;
  readonly tell?: (words: string) => void;
}

export interface DayReport {
  readonly minutes: number;
  readonly fills: number;
  readonly orders: number;
  /** Of those, what the bot has sent itself, stops not counted; and the stops it has placed. */
  readonly ownOrders: number;
  readonly ownStops: number;
  readonly lives: number;
  readonly faultsFired: number;
  readonly faultsByKind: Readonly<Record<string, number>>;
  readonly executedTwice: Readonly<Record<string, number>>;
  /** Longest first; those beyond the limit, and when they began by the exchange's clock. */
  readonly bare: readonly { readonly symbol: string; readonly from: string; readonly realMs: number }[];
  readonly longestBareMs: number;
  /** What was held when everything had come to rest. */
  readonly atExchange: Readonly<Record<string, number>>;
  readonly inBooks: Readonly<Record<string, number>> | null;
  /** Stretches in which the books and the exchange differed for longer than {@link QUIET_MS} while the bot lived. */
  readonly differed: readonly string[];
  readonly quietMoments: number;
  /** For how long the bot's last tick was the last, at most, market time: a bot that hears no candle trades little, and proves little. */
  readonly longestSilenceMinutes: number;
  /** Starts that ended before the bot ran, since the exchange was not to be had just then; its guardian tries again. */
  readonly refusedStarts: readonly string[];
  /** Exit codes and last words of lives that ran, ended, and were not killed. */
  readonly diedOfItself: readonly string[];
}

const EAGER = {
  guards: {
    volatility: { min: 0.000001, max: 1, maxSpreadBps: 1_000 },
    hourly: { overall: 10_000, perSymbol: 10_000 },
    fees: { minMultiple: 0 },
    correlation: { tolerated: 100 },
    risk: { maxDailyLoss: 1 },
    regime: {
      trend: ['trending', 'ranging', 'volatile', 'unknown'],
      reversion: ['trending', 'ranging', 'volatile', 'unknown'],
    },
  },
  exits: {
    stopFraction: 0.004,
    tp1: { at: 0.003, fraction: 0.4 },
    tp2: { at: 0.006, fraction: 0.4 },
    timeStopMinutes: 30,
  },
};

/** Net sizes by the bot's own file; `null` while there is none. It is written whole, by a rename: what is there can be read. */
function booked(dir: string): Readonly<Record<string, number>> | null {
  const file = join(dir, 'logs/positions_futures.json');
  if (!existsSync(file)) return null;
  const { open_positions: open } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly open_positions: readonly { readonly symbol: string; readonly direction: string; readonly qty: number }[];
  };
  return Object.fromEntries(open.map(({ symbol, direction, qty }) => [symbol, direction === 'LONG' ? qty : -qty]));
}

/** When the bot's last tick closed, ms, as its heartbeat says; `null` while there is none. */
function lastTick(dir: string): number | null {
  const file = join(dir, 'logs/.bot_heartbeat');
  const [, beat] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return beat === undefined ? null : Date.parse((JSON.parse(beat) as { readonly tick: string }).tick);
}

const same = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

export async function liveDay({
  minutes,
  speed,
  faults,
  kills,
  seed,
  tell = () => undefined,
}: DayOptions): Promise<DayReport> {
  const chance = seededChance(seed);
  const candles = Object.keys(SYMBOLS).flatMap((symbol) => recorded(symbol, PAST_BARS + minutes).candles);
  const first = Math.min(...candles.map(({ ts }) => ts));
  const origin = first + PAST_BARS * MINUTE;
  const apiKey = { key: 'a-key-of-some-length', secret: 'a-secret-of-some-length' };
  const exchange = await FakeExchange.start({ clock: runningClock({ timeScale: speed, origin }), apiKey });
  exchange.history(candles.filter(({ ts }) => ts < origin));
  exchange.breakFills(2);

  const home = mkdtempSync(join(tmpdir(), 'kintsugi-live-day-'));
  const dir = join(home, 'bot');
  const config = join(home, 'kintsugi.jsonc');
  writeFileSync(config, JSON.stringify(EAGER));
  const environment = {
    KINTSUGI_API_KEY: apiKey.key,
    KINTSUGI_API_SECRET: apiKey.secret,
    KINTSUGI_EXCHANGE_URL: exchange.url,
    KINTSUGI_LIVE_CONFIRM: 'binanceusdm',
    KINTSUGI_GREEN_WITHIN_S: '600',
    XDG_STATE_HOME: join(home, 'state'),
  };
  const symbols = Object.keys(SYMBOLS).join(',');
  const args = ['run', '--dir', dir, '--config', config, '--feed', 'ccxt:binanceusdm', '--live', '--symbols', symbols];
  const diedOfItself: string[] = [];
  const refusedStarts: string[] = [];
  let lives = 0;
  let ended = false;
  let killed: Started | null = null;
  let bot = begin();
  function begin(): Started {
    lives++;
    const life = start([...args, '--speed', String(speed), '--no-guardian', '--no-http'], environment);
    void life.outcome.then(({ code, err }) => {
      if (ended || life === killed) return;
      const ran = err.includes('kintsugi runs in');
      (ran ? diedOfItself : refusedStarts).push(`exit ${code}: ${err.slice(-600)}`);
      // Its guardian would do so.
      bot = begin();
    });
    return life;
  }
  await bot.said('runs in');
  tell(`the bot runs in ${dir}`);

  const to = origin + minutes * MINUTE;
  const now = (): number => exchange.clock.now();
  exchange.plan(
    faultPlan(seed, faults, {
      from: now() + 10 * MINUTE,
      to: now() + (minutes * MINUTE * 9) / 10,
      symbols: SYMBOLS,
      kinds: FAULT_KINDS,
      longestMs: 2_000,
    }),
  );
  const abort = new AbortController();
  const playing = play(
    exchange,
    candles.filter(({ ts }) => ts >= origin),
    { signal: abort.signal },
  );
  const differed: string[] = [];
  let quietMoments = 0;
  let longestSilenceMinutes = 0;
  let agreedAt = Date.now();
  let told = false;
  const killTimes = Array.from(
    { length: kills },
    () => origin + 10 * MINUTE + chance.next() * minutes * 0.85 * MINUTE,
  ).sort((a, b) => a - b);
  const watch = async (): Promise<void> => {
    while (!ended) {
      await sleep(100);
      const silentFor = now() - (lastTick(dir) ?? origin);
      longestSilenceMinutes = Math.max(longestSilenceMinutes, Math.round(silentFor / MINUTE));
      const held = booked(dir);
      const there = Object.fromEntries(
        Object.entries(exchange.audit.positions).map(([symbol, qty]) => [symbol, Number(qty)]),
      );
      if (held !== null && same(held, there)) {
        quietMoments++;
        agreedAt = Date.now();
        told = false;
      } else if (Date.now() - agreedAt > QUIET_MS && !told) {
        told = true;
        differed.push(
          `${new Date(now()).toISOString()}: the exchange holds ${JSON.stringify(there)}, the books say ${JSON.stringify(held)}`,
        );
      }
      if (killTimes[0] !== undefined && now() >= killTimes[0]) {
        killTimes.shift();
        killed = bot;
        bot.kill('SIGKILL');
        await bot.outcome;
        bot = begin();
        agreedAt = Date.now();
      }
    }
  };
  const watching = watch();
  await Promise.race([playing, sleep(((to - now()) / speed) * 2 + 60_000, undefined, { ref: false })]);
  tell('the minutes are over; everything may come to rest');
  for (let calm = 0, waited = 0; calm < 10 && waited < 600; waited++) {
    await sleep(200);
    for (const symbol of Object.keys(SYMBOLS)) {
      const last = candles.findLast((candle) => candle.symbol === symbol)?.close ?? 0;
      exchange.price(symbol, String(last));
    }
    const held = booked(dir);
    const there = Object.fromEntries(
      Object.entries(exchange.audit.positions).map(([symbol, qty]) => [symbol, Number(qty)]),
    );
    calm = held !== null && same(held, there) ? calm + 1 : 0;
  }
  ended = true;
  await watching;
  abort.abort();
  const report = exchange.audit.report();
  const inBooks = booked(dir);
  bot.kill('SIGKILL');
  await bot.outcome;
  const byKind: Record<string, number> = {};
  for (const { fault } of exchange.audit.faultsFired) byKind[fault.kind] = (byKind[fault.kind] ?? 0) + 1;
  const gaps = exchange.audit.unprotected(0);
  await exchange.close();
  return {
    minutes,
    fills: report.fills.length,
    orders: report.orders.length,
    ownOrders: report.orders.filter(({ clientOrderId }) => clientOrderId.startsWith(OURS)).length,
    ownStops: report.stops.filter(({ clientAlgoId }) => clientAlgoId.startsWith(OURS)).length,
    lives,
    faultsFired: exchange.audit.faultsFired.length,
    faultsByKind: byKind,
    executedTwice: exchange.audit.executedTwice(),
    bare: gaps
      .filter(({ realMs }) => realMs > BARE_AT_MOST_MS)
      .map(({ symbol, from, realMs }) => ({ symbol, from: new Date(from).toISOString(), realMs })),
    longestBareMs: gaps[0]?.realMs ?? 0,
    atExchange: Object.fromEntries(
      Object.entries(exchange.audit.positions).map(([symbol, qty]) => [symbol, Number(qty)]),
    ),
    inBooks,
    differed,
    quietMoments,
    longestSilenceMinutes,
    refusedStarts,
    diedOfItself,
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1440' },
      speed: { type: 'string', default: '60' },
      faults: { type: 'string', default: '300' },
      kills: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
    },
  });
  const numbers = { minutes: Number(values.minutes), speed: Number(values.speed), faults: Number(values.faults) };
  const report = await liveDay({
    ...numbers,
    kills: Number(values.kills),
    seed: Number(values.seed),
    tell: console.error,
  });
  console.log(JSON.stringify(report, null, 2));
}
