import { isoTime } from '../actors/records.ts';
import { type CandleReplay, openCandleReplay } from '../adapters/candle-replay.ts';
import {
  CONSTANT_EVERY_MS,
  CONSTANT_RATE,
  constantFunding,
  fundingBeside,
  recordedFunding,
} from '../adapters/funding-rates.ts';
import type { Opening } from '../adapters/paper-prices.ts';
import { simMarket } from '../adapters/sim-market.ts';
import { counted } from '../healing/words.ts';
import type { Instrument } from '../ports/broker.ts';
import type { Chance } from '../ports/chance.ts';
import type { FundingRates } from '../ports/funding.ts';
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
  /** What a paper exchange pays for holding, and where that is from, in words. */
  readonly funding: FundingRates;
  readonly fundingSays: string;
  /** What of a recording is not played, because a run had come so far in this directory; `null` where it is played whole. */
  readonly past: { readonly level: 'info' | 'warn'; readonly says: string } | null;
  /** @param opens told, for the exchange alone, at what price each recorded bar opens, when it opens */
  open(needs: MarketNeeds, opens: (opening: Opening) => void): Promise<OpenMarket>;
}

const CONSTANT = `${CONSTANT_RATE * 100} % every ${CONSTANT_EVERY_MS / 3_600_000} h`;

function pastOf({ past, firstAt, lastAt }: CandleReplay, after: number | null): OpenedFeed['past'] {
  if (past === 0 || after === null) return null;
  const cameTo = `a run in this directory had come to ${isoTime(after)}`;
  const anew = 'Another --dir has it from its beginning';
  return firstAt === null
    ? { level: 'warn', says: `nothing is left of the recording: it ends at ${isoTime(lastAt)}, and ${cameTo}. ${anew}` }
    : { level: 'info', says: `the recording goes on, without its first ${counted(past, 'bar')}: ${cameTo}. ${anew}` };
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
      funding: constantFunding(),
      fundingSays: CONSTANT,
      past: null,
      open: async ({ clock }) => {
        const { prices = {} } = options;
        return madeHere(simMarket({ symbols, intervalMs: config.sim.intervalMs, clock, chance, prices }));
      },
    };
  }
  if (feed.kind === 'ccxt') {
    const { checkExchange, liveOrigin, openLiveMarket } = await import('./live-market.ts');
    await checkExchange(feed);
    const symbols = options.symbols ?? config.symbols;
    // What happened while the bot was away is history to it: real time does not wait.
    return {
      startAt: 0,
      origin: await liveOrigin(feed),
      endAt: null,
      funding: constantFunding(),
      fundingSays: CONSTANT,
      past: null,
      open: (needs) => openLiveMarket(feed, symbols, chance, needs),
    };
  }
  const replay = await openCandleReplay({ path: feed.path, symbols: options.symbols, after: resumeAfter });
  const startAt = (replay.firstAt ?? replay.lastAt) - replay.intervalMs;
  const rates = await fundingBeside(feed.path, replay.symbols);
  const without = replay.symbols.filter((symbol) => !rates.has(symbol));
  const recorded = `as recorded for ${[...rates.keys()].join(', ')}`;
  return {
    startAt,
    origin: startAt,
    endAt: replay.lastAt,
    funding: recordedFunding(rates, constantFunding()),
    fundingSays:
      rates.size === 0
        ? CONSTANT
        : without.length === 0
          ? recorded
          : `${recorded}; ${CONSTANT} for ${without.join(', ')}`,
    past: pastOf(replay, resumeAfter),
    open: async ({ clock }, opens) => madeHere(replay.on(clock, opens)),
  };
}
