import { openCandleReplay } from '../adapters/candle-replay.ts';
import { simMarket } from '../adapters/sim-market.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MarketFeed } from '../ports/market-feed.ts';
import type { Pending } from '../ports/world.ts';
import type { BotOptions } from './bot.ts';

/** Where virtual time begins when nothing else says so: any fixed moment gives the same run for the same seed. */
const VIRTUAL_ORIGIN = Date.UTC(2026, 0, 1);

/** A feed, and the time line it needs. */
export interface OpenedFeed {
  /** Where virtual time begins, ms. */
  readonly startAt: number;
  /** Where real time's line begins, ms; `null`: at the present. */
  readonly origin: number | null;
  /** When the recording ends, ms; `null` for a market that never does. */
  readonly endAt: number | null;
  open(parts: FeedParts): Promise<FeedAtWork>;
}

export interface FeedParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly pending: Pending;
}

export interface FeedAtWork {
  readonly feed: MarketFeed;
  /** Ends what would keep the process alive. */
  close(): Promise<void>;
}

const closesItself = (feed: MarketFeed): FeedAtWork => ({ feed, close: async () => undefined });

/**
 * @param resumeAfter the last tick that had gone through in this directory, ms: a recording goes on after it
 */
export async function openFeed(options: BotOptions, resumeAfter: number | null, chance: Chance): Promise<OpenedFeed> {
  const { feed, config } = options;
  if (feed.kind === 'sim') {
    const symbols = options.symbols ?? config.symbols;
    return {
      startAt: Math.max(options.startAt ?? VIRTUAL_ORIGIN, resumeAfter ?? 0),
      origin: null,
      endAt: null,
      open: async ({ clock }) => {
        const { prices = {} } = options;
        return closesItself(simMarket({ symbols, intervalMs: config.sim.intervalMs, clock, chance, prices }));
      },
    };
  }
  if (feed.kind === 'ccxt') {
    const { KINTSUGI_EXCHANGE_URL: at } = options.environment ?? process.env;
    const [{ openCcxtFeed }, { loopbackUrl }] = await Promise.all([
      import('../adapters/ccxt/open-ccxt-feed.ts'),
      import('../adapters/ccxt/point-at.ts'),
    ]);
    const { testnet } = config.exchange;
    const live = { exchange: feed.exchange, symbols: options.symbols ?? config.symbols, chance, testnet };
    return {
      startAt: resumeAfter ?? 0,
      origin: null,
      endAt: null,
      open: (parts) => openCcxtFeed({ ...live, ...parts, at: at ? loopbackUrl(at) : null }),
    };
  }
  const replay = await openCandleReplay({ path: feed.path, symbols: options.symbols, after: resumeAfter });
  const startAt = (replay.firstAt ?? replay.lastAt) - replay.intervalMs;
  return { startAt, origin: startAt, endAt: replay.lastAt, open: async ({ clock }) => closesItself(replay.on(clock)) };
}
