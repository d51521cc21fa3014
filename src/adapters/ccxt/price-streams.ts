import type { Candle } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Lane } from './bar-closing.ts';
import { candlesOf } from './candle-rows.ts';
import type { CcxtClient, Row } from './client.ts';
import type { ExchangeTime } from './exchange-time.ts';
import { keepWatching } from './keep-watching.ts';
import type { Sockets } from './sockets.ts';

/** A stream that has brought nothing for this long is suspected, and the exchange is asked whether there was anything, ms. */
export const SUSPECT_AFTER_MS = 10_000;
/** When it cannot be asked either, the connection is broken after this long, ms. */
const BREAK_AFTER_MS = 30_000;
const CHECK_MS = 1_000;
/** One socket carries several symbols: what was just made anew is given time, ms. */
const SETTLE_MS = 10_000;
/** Of ccxt's cache: the bar that forms, and those before it that may just have changed. */
const NEWEST_ROWS = 5;

/** What the exchange answered may be on its way on the stream, ms. */
const ON_ITS_WAY_MS = 1_000;

/** Something was traded that a stream with `ours` as its last did not bring. */
const isNews = (theirs: Candle, ours: Candle | null): boolean =>
  theirs.volume > 0 && (ours === null || theirs.ts > ours.ts || (theirs.ts === ours.ts && theirs.volume > ours.volume));

export interface PriceSource {
  /** What the exchange answered when it was asked for a lane's bars. */
  answered(lane: Lane, candles: readonly Candle[] | Error): void;
  stop(): void;
}

export interface PriceStreamOptions {
  readonly client: CcxtClient;
  readonly sockets: Sockets;
  readonly lanes: readonly Lane[];
  readonly timeframe: string;
  readonly time: ExchangeTime;
  readonly clock: Clock;
  readonly chance: Chance;
  /** New bars of a lane are in its keeper. */
  readonly moved: (lane: Lane) => void;
  /** Asks the exchange for the bars of a lane. */
  readonly ask: (lane: Lane) => void;
  readonly broke: (error: unknown) => void;
  readonly tell: (words: string) => void;
}

interface Watch {
  readonly lane: Lane;
  /** Counts the connections. */
  connection: number;
  lastAt: number;
  /** When it was asked about last, and what the stream had brought by then. */
  suspectedAt: number;
  before: Candle | null;
}

/**
 * Prices from a WebSocket, a loop a symbol. A socket that is open and says nothing looks like a market in which nothing happens:
 * so a silence is a suspicion, and when the exchange, asked another way, has news that the stream did not bring, it is broken
 * off and made anew.
 */
export function priceStreams(options: PriceStreamOptions): PriceSource {
  const { client, sockets, lanes, timeframe, time, clock, chance, moved, ask, broke, tell } = options;
  const watches: Watch[] = lanes.map((lane) => ({
    lane,
    connection: 0,
    lastAt: clock.now(),
    suspectedAt: 0,
    before: null,
  }));

  const newest = ({ listing }: Lane): ArrayLike<Row> =>
    Array.from(client.ohlcvs[listing.unified]?.[timeframe] ?? []).slice(-NEWEST_ROWS);

  const stops = watches.map((watch) => {
    const { lane } = watch;
    return keepWatching({
      clock,
      chance,
      watch: () => client.watchOHLCV(lane.listing.unified, timeframe),
      woke: () => {
        watch.lastAt = clock.now();
        lane.keeper.streamed(candlesOf(lane.listing.symbol, newest(lane)), watch.connection, time.now());
        moved(lane);
      },
      broke: (error) => {
        watch.connection++;
        // The next one has its own time to begin.
        watch.lastAt = clock.now();
        broke(error);
      },
    });
  });

  const check = (): void => {
    const now = clock.now();
    for (const watch of watches) {
      if (now - watch.lastAt < SUSPECT_AFTER_MS || now - watch.suspectedAt < SUSPECT_AFTER_MS) continue;
      watch.suspectedAt = now;
      watch.before = watch.lane.keeper.forming;
      ask(watch.lane);
    }
  };
  let timer: TimerId = 0;
  let verdict: TimerId = 0;
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      arm();
      check();
    }, CHECK_MS);
  };
  arm();

  let reopenedAt = Number.NEGATIVE_INFINITY;
  const reopen = ({ lane, lastAt }: Watch, why: string): void => {
    if (clock.now() - reopenedAt < SETTLE_MS) return;
    reopenedAt = clock.now();
    const seconds = Math.round((clock.now() - lastAt) / 1_000);
    tell(`the stream of ${lane.listing.symbol} was silent for ${seconds} s ${why}; its connection is made anew`);
    sockets.reopen(`silent for ${seconds} s`);
  };

  return {
    answered: (lane, answer) => {
      const watch = watches.find((one) => one.lane === lane);
      // Of a stream that has spoken since it was suspected, nothing is suspected any more.
      if (!watch || watch.lastAt > watch.suspectedAt || clock.now() - watch.lastAt < SUSPECT_AFTER_MS) return;
      if (answer instanceof Error) {
        if (clock.now() - watch.lastAt >= BREAK_AFTER_MS) reopen(watch, 'and the exchange cannot be asked');
        return;
      }
      const ours = lane.keeper.forming ?? watch.before;
      if (!answer.some((theirs) => isNews(theirs, ours))) return;
      const { lastAt } = watch;
      verdict = clock.setTimeout(() => {
        if (watch.lastAt === lastAt) reopen(watch, 'while the exchange had news of it');
      }, ON_ITS_WAY_MS);
    },
    stop: () => {
      clock.clearTimeout(timer);
      clock.clearTimeout(verdict);
      for (const stop of stops) stop();
    },
  };
}
