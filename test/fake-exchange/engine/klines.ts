import { Decimal, dec, type Numeric, ZERO } from './decimal.ts';

/** A bar: `t` is its opening time in ms, `v` the volume in base units, `q` in quote. */
export interface Bar {
  readonly t: number;
  readonly o: Decimal;
  readonly h: Decimal;
  readonly l: Decimal;
  readonly c: Decimal;
  readonly v: Decimal;
  readonly q: Decimal;
  readonly n: number;
  readonly closed: boolean;
}

export const MINUTE = 60_000;
export const INTERVALS: Readonly<Record<string, number>> = {
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': 60 * MINUTE,
  '2h': 120 * MINUTE,
  '4h': 240 * MINUTE,
  '6h': 360 * MINUTE,
  '8h': 480 * MINUTE,
  '12h': 720 * MINUTE,
  '1d': 1_440 * MINUTE,
};

/** What is given to play or to begin with; the same shape as the bot's candle. */
export interface PlayedCandle {
  readonly symbol: string;
  readonly ts: number;
  readonly open: Numeric;
  readonly high: Numeric;
  readonly low: Numeric;
  readonly close: Numeric;
  readonly volume: Numeric;
}

export const startOf = (at: number, ms: number): number => Math.floor(at / ms) * ms;

const merged = (bars: readonly Bar[], t: number): Bar | null => {
  const [first] = bars;
  const last = bars.at(-1);
  if (!first || !last) return null;
  return {
    t,
    o: first.o,
    h: Decimal.max(...bars.map(({ h }) => h)),
    l: Decimal.min(...bars.map(({ l }) => l)),
    c: last.c,
    v: bars.reduce((total, { v }) => total.plus(v), ZERO),
    q: bars.reduce((total, { q }) => total.plus(q), ZERO),
    n: bars.reduce((total, { n }) => total + n, 0),
    closed: false,
  };
};

/** The minutes of every symbol as they were traded; longer bars are made of them when they are asked for. */
export class Klines {
  readonly #minutes = new Map<string, Bar[]>();

  minutes(symbol: string): readonly Bar[] {
    return this.#minutes.get(symbol) ?? [];
  }

  /** A bar of the past, not played. Later ones only: a bar that is not after the last is refused. */
  remember({ symbol, ts, open, high, low, close, volume }: PlayedCandle): void {
    const v = dec(volume);
    this.#add(symbol, {
      t: ts,
      o: dec(open),
      h: dec(high),
      l: dec(low),
      c: dec(close),
      v,
      q: v.times(close),
      n: 1,
      closed: true,
    });
  }

  /** Takes a trade; the bar before it, when it ends with it. */
  trade(symbol: string, at: number, price: Decimal, volume: Decimal): Bar | null {
    const t = startOf(at, MINUTE);
    const open = this.forming(symbol);
    const ended = open && open.t < t ? this.close(symbol) : null;
    const last = this.forming(symbol);
    const q = price.times(volume);
    if (!last) this.#add(symbol, { t, o: price, h: price, l: price, c: price, v: volume, q, n: 1, closed: false });
    else {
      this.#replaceLast(symbol, {
        ...last,
        h: Decimal.max(last.h, price),
        l: Decimal.min(last.l, price),
        c: price,
        v: last.v.plus(volume),
        q: last.q.plus(q),
        n: last.n + 1,
      });
    }
    return ended;
  }

  forming(symbol: string): Bar | null {
    const last = this.#minutes.get(symbol)?.at(-1);
    return last && !last.closed ? last : null;
  }

  /** Ends the forming bar. */
  close(symbol: string): Bar | null {
    const forming = this.forming(symbol);
    if (!forming) return null;
    const closed = { ...forming, closed: true };
    this.#replaceLast(symbol, closed);
    return closed;
  }

  /** The bar of `ms` that the minute at `t` belongs to, as far as it has come. */
  at(symbol: string, ms: number, t: number): Bar | null {
    const from = startOf(t, ms);
    const minutes: Bar[] = [];
    const all = this.minutes(symbol);
    for (let i = all.length - 1; i >= 0; i--) {
      const bar = all[i];
      if (!bar || bar.t < from) break;
      if (bar.t < from + ms && bar.t <= t) minutes.unshift(bar);
    }
    const bar = merged(minutes, from);
    const last = minutes.at(-1);
    return bar && last ? { ...bar, closed: last.closed && last.t + MINUTE >= from + ms } : null;
  }

  /** Oldest first. With a start: the first `limit` from there; without: the last `limit`. */
  list(symbol: string, ms: number, start: number | null, end: number | null, limit: number): readonly Bar[] {
    const wanted = this.minutes(symbol).filter(
      ({ t }) => (end === null || startOf(t, ms) <= end) && (start === null || startOf(t, ms) >= start),
    );
    const groups = Map.groupBy(wanted, ({ t }) => startOf(t, ms));
    const starts = [...groups.keys()];
    const picked = start === null ? starts.slice(-limit) : starts.slice(0, limit);
    return picked.flatMap((t) => merged(groups.get(t) ?? [], t) ?? []);
  }

  #add(symbol: string, bar: Bar): void {
    const bars = this.#minutes.get(symbol) ?? [];
    const last = bars.at(-1);
    if (last && last.t >= bar.t)
      throw new RangeError(`${symbol}: the bar at ${bar.t} is not after the one at ${last.t}`);
    bars.push(bar);
    this.#minutes.set(symbol, bars);
  }

  #replaceLast(symbol: string, bar: Bar): void {
    this.#minutes.get(symbol)?.splice(-1, 1, bar);
  }
}
