import { openCandleReplay } from '../adapters/candle-replay.ts';
import { simMarket } from '../adapters/sim-market.ts';
import type { Instrument } from '../ports/broker.ts';
import type { Chance } from '../ports/chance.ts';
import type { MarketFeed } from '../ports/market-feed.ts';
import type { BotOptions } from './bot.ts';
import type { MarketNeeds } from './live-market.ts';

/** Where virtual time begins when nothing else says so: any fixed moment gives the same run for the same seed. */
const VIRTUAL_ORIGIN = Date.UTC(2026, 0, 1);

/** A market that is open. */
export interface OpenMarket {
  readonly feed: MarketFeed;
  /** What the market's exchange says of its symbols; `null`: it has none, and the paper exchange has its own table. */
  readonly instrument: ((symbol: string) => Instrument) | null;
  /** Ends connections; to be called when the bot has stopped. */
  close(): Promise<void>;
}

const madeHere = (feed: MarketFeed): OpenMarket => ({ feed, instrument: null, close: async () => undefined });

/** A feed, and the time line it needs. */
export interface OpenedFeed {
  /** Where virtual time begins, ms. */
  readonly startAt: number;
  /** Where real time's line begins, ms; `null`: at the present. */
  readonly origin: number | null;
  /** When the recording ends, ms; `null` for a market that never does. */
  readonly endAt: number | null;
  open(needs: MarketNeeds): Promise<OpenMarket>;
}

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
        return madeHere(simMarket({ symbols, intervalMs: config.sim.intervalMs, clock, chance, prices }));
      },
    };
  }
  if (feed.kind === 'ccxt') {
    const { checkExchange, openLiveMarket } = await import('./live-market.ts');
    await checkExchange(feed);
    const symbols = options.symbols ?? config.symbols;
    // What happened while the bot was away is history to it: real time does not wait.
    return { startAt: 0, origin: null, endAt: null, open: (needs) => openLiveMarket(feed, symbols, chance, needs) };
  }
  const replay = await openCandleReplay({ path: feed.path, symbols: options.symbols, after: resumeAfter });
  const startAt = (replay.firstAt ?? replay.lastAt) - replay.intervalMs;
  return { startAt, origin: startAt, endAt: replay.lastAt, open: async ({ clock }) => madeHere(replay.on(clock)) };
}
