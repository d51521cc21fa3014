import { openCandleReplay } from '../adapters/candle-replay.ts';
import { simMarket } from '../adapters/sim-market.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { MarketFeed } from '../ports/market-feed.ts';
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
  open(clock: Clock): MarketFeed;
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
      open: (clock) => {
        const { prices = {} } = options;
        return simMarket({ symbols, intervalMs: config.sim.intervalMs, clock, chance, prices });
      },
    };
  }
  const replay = await openCandleReplay({ path: feed.path, symbols: options.symbols, after: resumeAfter });
  const startAt = (replay.firstAt ?? replay.lastAt) - replay.intervalMs;
  return { startAt, origin: startAt, endAt: replay.lastAt, open: (clock) => replay.on(clock) };
}
