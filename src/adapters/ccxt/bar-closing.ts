import type { Candle } from '../../machines/messages.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';
import type { FeedListener } from '../../ports/market-feed.ts';
import { BarKeeper } from './bar-keeper.ts';
import type { ExchangeTime } from './exchange-time.ts';
import type { History } from './history.ts';
import type { Listing } from './symbols.ts';
import { TickAssembly } from './tick-assembly.ts';

/** How often it is looked whether a bar is due, and how often one that did not come is asked for again, ms. */
const LOOK_MS = 250;
const AGAIN_MS = 1_000;

/** One symbol: what it is called, and which bar is next. */
export interface Lane {
  readonly listing: Listing;
  readonly keeper: BarKeeper;
}

export const laneOf = (listing: Listing, intervalMs: number, next: number): Lane => ({
  listing,
  keeper: new BarKeeper(listing.symbol, intervalMs, next),
});

export interface ClosingOptions {
  readonly lanes: readonly Lane[];
  readonly history: History;
  readonly time: ExchangeTime;
  readonly clock: Clock;
  readonly listener: FeedListener;
  /** A bar is told now. */
  readonly told: (candle: Candle) => void;
  /** Bars were asked for and came, or did not. */
  readonly asked: (lane: Lane, candles: readonly Candle[] | Error) => void;
}

/** Asks for bars that have closed, and tells them. After a silence it is the same: what is missing is asked for and told. */
export interface Closing {
  /** Something may be due. */
  look(): void;
  /** Asks for the bars of a lane now, due or not. */
  ask(lane: Lane): void;
  stop(): void;
}

export function closing({ lanes, history, time, clock, listener, told, asked }: ClosingOptions): Closing {
  const assembly = new TickAssembly(lanes.map(({ keeper }) => keeper));
  const lastAsked = new Map<Lane, number>();
  const underWay = new Set<Lane>();
  let stopped = false;
  let timer: TimerId = 0;

  const tell = (): void => {
    for (let next = assembly.next(time.now()); next !== null && !stopped; next = assembly.next(time.now())) {
      for (const candle of next.tick.candles) told(candle);
      for (const gap of next.gaps) listener.notice(gap);
      listener.tick(next.tick);
    }
  };

  const fetch = async (lane: Lane): Promise<void> => {
    const { listing, keeper } = lane;
    const askedAt = time.now();
    try {
      const candles = await history.bars(listing, keeper.next, askedAt);
      if (stopped) return;
      keeper.answered(candles, askedAt);
      asked(lane, candles);
    } catch (error) {
      if (!stopped) asked(lane, error instanceof Error ? error : new Error(String(error)));
    }
  };

  const ask = (lane: Lane): void => {
    if (stopped || underWay.has(lane)) return;
    underWay.add(lane);
    lastAsked.set(lane, clock.now());
    fetch(lane)
      .finally(() => underWay.delete(lane))
      .then(look)
      .catch((error: unknown) => {
        // Thrown by who listens: it goes where errors of timers go.
        clock.setTimeout(() => {
          throw error;
        }, 0);
      });
  };

  const look = (): void => {
    if (stopped) return;
    for (const lane of lanes) {
      const since = clock.now() - (lastAsked.get(lane) ?? Number.NEGATIVE_INFINITY);
      if (lane.keeper.isDue(time.now()) && since >= AGAIN_MS) ask(lane);
    }
    tell();
  };

  const arm = (): void => {
    timer = clock.setTimeout(() => {
      arm();
      look();
    }, LOOK_MS);
  };
  arm();
  return {
    look,
    ask,
    stop: () => {
      stopped = true;
      clock.clearTimeout(timer);
    },
  };
}
