import type { Candle } from '../machines/messages.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { FeedListener, MarketFeed } from '../ports/market-feed.ts';
import { roundToTick } from '../ports/money.ts';
import { instrumentOf } from './instruments.ts';

const HISTORY_BARS = 700;
const KEPT_BARS = 700;

/** Where prices begin, and how lively a symbol is next to the others. */
const START: Readonly<Record<string, readonly [price: number, beta: number]>> = {
  BTCUSDT: [96_000, 1],
  ETHUSDT: [1_850, 1.3],
  SOLUSDT: [148, 1.7],
  XRPUSDT: [2.2, 1.5],
  BNBUSDT: [590, 0.9],
};

/** A regime lasts for a while; drift and noise are of one bar, as fractions. */
const REGIMES = [
  { name: 'ranging', drift: 0, noise: 0.0006, pull: 0.02, stay: 0.995 },
  { name: 'trending', drift: 0.0004, noise: 0.0007, pull: 0, stay: 0.99 },
  { name: 'volatile', drift: 0, noise: 0.002, pull: 0, stay: 0.97 },
] as const;

/** Once in how many bars a jump comes, and how often a bar is missing. */
const JUMP_EVERY = 900;
const GAP_EVERY = 1_500;

/** So weak that a day's trend hardly feels it; without it a year's walk leads to prices of nothing. */
const HOMEWARD = 0.00001;

interface SymbolState {
  readonly symbol: string;
  readonly beta: number;
  readonly home: number;
  price: number;
  anchor: number;
  readonly bars: Candle[];
}

/** Moves all that is known of a symbol so that it stands at a price now: its shape stays. */
function leadTo(state: SymbolState, price: number | undefined): void {
  if (price === undefined || !(price > 0)) return;
  const factor = price / state.price;
  const { tick } = instrumentOf(state.symbol);
  const moved = (value: number): number => Math.max(tick, roundToTick(value * factor, tick));
  for (const [index, bar] of state.bars.entries()) {
    const { open, high, low, close } = bar;
    state.bars[index] = { ...bar, open: moved(open), high: moved(high), low: moved(low), close: moved(close) };
  }
  state.price = price;
  state.anchor *= factor;
}

export interface SimMarketOptions {
  readonly symbols: readonly string[];
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Prices to go on from, by symbol: the past is made to lead to them. */
  readonly prices?: Readonly<Record<string, number>>;
}

/**
 * A simulated market: several symbols that move together, regimes (ranging, trending, volatile), jumps, and missing bars,
 * which are told and never filled. The same seed gives the same market. It never ends by itself.
 */
export function simMarket({ symbols, intervalMs, clock, chance, prices = {} }: SimMarketOptions): MarketFeed {
  let regime = 0;
  let heading = 1;
  const states: SymbolState[] = [...symbols].sort().map((symbol) => {
    const [price, beta] = START[symbol] ?? [100, 1.2];
    return { symbol, beta, home: price, price, anchor: price, bars: [] };
  });

  const turn = (): void => {
    const { stay } = REGIMES[regime] ?? REGIMES[0];
    if (chance.next() < stay) return;
    regime = Math.floor(chance.next() * REGIMES.length);
    heading = chance.next() < 0.5 ? 1 : -1;
  };

  const bar = (state: SymbolState, ts: number, common: number): Candle => {
    const { drift, noise, pull } = REGIMES[regime] ?? REGIMES[0];
    const { tick } = instrumentOf(state.symbol);
    const open = state.price;
    const back = pull * Math.log(state.anchor / open) + HOMEWARD * Math.log(state.home / open);
    const jump = chance.next() < 1 / JUMP_EVERY ? chance.gaussian() * noise * 8 : 0;
    const own = 0.7 * common + 0.5 * chance.gaussian();
    const close = open * Math.exp(state.beta * (heading * drift + noise * own) + back + jump);
    const reach = (): number => Math.abs(chance.gaussian()) * noise * state.beta * 0.4;
    const high = Math.max(open, close) * (1 + reach());
    const low = Math.min(open, close) * (1 - reach());
    state.price = close;
    state.anchor += (close - state.anchor) * 0.002;
    const volume =
      Math.round((2_000_000 / open) * (0.5 + chance.next() + 40 * Math.abs(close / open - 1)) * 1_000) / 1_000;
    return {
      symbol: state.symbol,
      ts,
      open: roundToTick(open, tick),
      high: roundToTick(high, tick, 'up'),
      low: Math.max(tick, roundToTick(low, tick, 'down')),
      close: roundToTick(close, tick),
      volume,
    };
  };

  const keep = (state: SymbolState, candle: Candle): void => {
    state.bars.push(candle);
    if (state.bars.length > KEPT_BARS * 2) state.bars.splice(0, state.bars.length - KEPT_BARS);
  };

  /** The bars that opened at `ts`; a symbol whose bar is missing is not among them. */
  const next = (ts: number, listener: FeedListener | null): Candle[] => {
    turn();
    const common = chance.gaussian();
    const candles: Candle[] = [];
    for (const state of states) {
      const candle = bar(state, ts, common);
      if (listener && chance.next() < 1 / GAP_EVERY) {
        listener.notice({ type: 'gap', symbol: state.symbol, from: ts, to: ts + intervalMs, missing: 1 });
        continue;
      }
      keep(state, candle);
      candles.push(candle);
    }
    return candles;
  };

  const nextClose = (): number => (Math.floor(clock.now() / intervalMs) + 1) * intervalMs;
  /** When the last bar closed, delivered or history. */
  let lastClose = nextClose() - intervalMs;
  for (let i = HISTORY_BARS; i > 0; i--) next(lastClose - intervalMs * i, null);
  for (const state of states) leadTo(state, prices[state.symbol]);

  /** Somebody has listened. What closes before is told to the first who does: a bot takes a while to start, and nothing is missing. */
  let isHeard = false;
  /** Bars that closed while nobody listened any more were never made: said, not filled. */
  const tellUnheard = (listener: FeedListener, closesAt: number): void => {
    const to = closesAt - intervalMs;
    const missing = (to - lastClose) / intervalMs;
    if (missing < 1) return;
    for (const { symbol } of states) listener.notice({ type: 'gap', symbol, from: lastClose, to, missing });
  };

  return {
    symbols: states.map(({ symbol }) => symbol),
    intervalMs,
    recorded: false,
    recent: (symbol, count) =>
      count > 0 ? (states.find((state) => state.symbol === symbol)?.bars.slice(-count) ?? []) : [],
    newest: async (symbol) => {
      const last = states.find((state) => state.symbol === symbol)?.bars.at(-1);
      return last ? last.ts + intervalMs : null;
    },
    start: (listener) => {
      let closesAt = isHeard ? nextClose() : lastClose + intervalMs;
      let timer = 0;
      if (isHeard) tellUnheard(listener, closesAt);
      isHeard = true;
      const arm = (): void => {
        timer = clock.setTimeout(
          () => {
            const at = closesAt;
            closesAt += intervalMs;
            lastClose = at;
            arm();
            const candles = next(at - intervalMs, listener);
            if (candles.length > 0) listener.tick({ at, candles });
          },
          Math.max(0, closesAt - clock.now()),
        );
      };
      arm();
      return () => clock.clearTimeout(timer);
    },
  };
}
