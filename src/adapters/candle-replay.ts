import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Candle } from '../machines/messages.ts';
import type { Clock } from '../ports/clock.ts';
import type { FeedListener, MarketFeed } from '../ports/market-feed.ts';
import { type BadRow, CandleFileError, type CandleSeries, readCandles, symbolOf } from './candle-csv.ts';
import type { Opening } from './paper-prices.ts';

/** Recorded candles, read and checked; `on(clock)` makes them a feed. */
export interface CandleReplay {
  readonly symbols: readonly string[];
  /** Length of a bar, ms: the most common step in the files. */
  readonly intervalMs: number;
  /** Closing times of the first bar that will be delivered and of the last one, ms; `null` when none is left. */
  readonly firstAt: number | null;
  readonly lastAt: number;
  readonly rows: number;
  /** So many of them are history, and not delivered. */
  readonly past: number;
  readonly badRows: readonly BadRow[];
  /**
   * @param opens told, for the exchange alone, at what price each bar opens, when it opens. It is not in the feed: a bot that
   * knew it would know what its own orders fill at.
   */
  on(clock: Clock, opens?: (opening: Opening) => void): MarketFeed;
}

export interface CandleReplayOptions {
  /** A CSV or CSV.gz file, or a folder with one a symbol. */
  readonly path: string;
  /** Only these; all if `null`. */
  readonly symbols?: readonly string[] | null;
  /** Bars that closed at or before this time (ms) are history, and not delivered. */
  readonly after?: number | null;
}

const IS_CANDLES = /\.csv(\.gz)?$/i;

async function filesAt(path: string, symbols: readonly string[] | null): Promise<readonly string[]> {
  let isFolder = false;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? 'there is no such file or folder' : `it cannot be read (${code})`;
    throw new CandleFileError(path, null, found, 'Check the path after replay:', { cause: error });
  }
  if (!isFolder) {
    if (!IS_CANDLES.test(path)) {
      const found = 'its name ends neither in .csv nor in .csv.gz';
      throw new CandleFileError(
        path,
        null,
        found,
        'Call it SYMBOL.csv or SYMBOL.csv.gz: its name says what was traded',
      );
    }
    if (symbols?.some((symbol) => symbol !== symbolOf(path))) {
      throw new CandleFileError(path, null, `it holds ${symbolOf(path)}, not ${symbols.join(', ')}`, 'Check --symbols');
    }
    return [path];
  }
  const names = (await readdir(path)).filter((name) => IS_CANDLES.test(name)).sort();
  if (names.length === 0) {
    throw new CandleFileError(path, null, 'the folder holds no .csv or .csv.gz file', 'Put one file a symbol there');
  }
  const twice = names.find((name, i) => names.findIndex((other) => symbolOf(other) === symbolOf(name)) < i);
  if (twice !== undefined) {
    throw new CandleFileError(path, null, `it holds two files for ${symbolOf(twice)}`, 'Leave one of them there');
  }
  const wanted = names.filter((name) => symbols === null || symbols.includes(symbolOf(name)));
  const missing = (symbols ?? []).filter((symbol) => !names.some((name) => symbolOf(name) === symbol));
  if (missing.length > 0) {
    const there = names.map(symbolOf).join(', ');
    throw new CandleFileError(path, null, `it holds no file for ${missing.join(', ')}`, `There are: ${there}`);
  }
  return wanted.map((name) => join(path, name));
}

/** How often each step between two bars is taken; the first bars tell. */
function stepsIn(one: CandleSeries): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let i = 1; i < Math.min(one.length, 2_000); i++) {
    const step = one.ts(i) - one.ts(i - 1);
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return counts;
}

/** The most common step between bars, over all series. */
function commonStep(series: readonly CandleSeries[]): number {
  const counts = new Map<number, number>();
  for (const one of series) for (const [step, count] of stepsIn(one)) counts.set(step, (counts.get(step) ?? 0) + count);
  let best = 60_000;
  let most = 0;
  for (const [step, count] of counts) if (count > most) [best, most] = [step, count];
  return best;
}

/** So few steps may be gaps, all of them. */
const FEW_STEPS = 10;

/** A bar that is longer than the others would be told before it had closed: the bot would see what is to come. */
function refuseLongerBars(path: string, series: readonly CandleSeries[], intervalMs: number): void {
  for (const one of series) {
    const steps = one.length < FEW_STEPS ? [] : [...stepsIn(one)];
    const all = steps.reduce((sum, [, count]) => sum + count, 0);
    const longer = steps.find(([step, count]) => step > intervalMs && count * 2 > all);
    if (longer === undefined) continue;
    const found = `bars of ${one.symbol} are ${longer[0] / 1_000} s long, and most of the others ${intervalMs / 1_000} s`;
    throw new CandleFileError(path, null, found, 'Replay files of one length, or choose among them with --symbols');
  }
}

/** Opens recorded candles. Throws {@link CandleFileError}; bad rows are kept, and told when the feed starts. */
export async function openCandleReplay({
  path,
  symbols = null,
  after = null,
}: CandleReplayOptions): Promise<CandleReplay> {
  const series: CandleSeries[] = [];
  for (const file of await filesAt(path, symbols)) series.push(await readCandles(file));
  series.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const intervalMs = commonStep(series);
  refuseLongerBars(path, series, intervalMs);
  const closesAt = (one: CandleSeries, index: number): number => one.ts(index) + intervalMs;
  const starts = series.map((one) => {
    let index = 0;
    while (after !== null && index < one.length && closesAt(one, index) <= after) index++;
    return index;
  });
  const firsts = series.flatMap((one, i) => ((starts[i] ?? 0) < one.length ? [closesAt(one, starts[i] ?? 0)] : []));
  const badRows = series.flatMap((one) => one.badRows);

  const on = (clock: Clock, opens: (opening: Opening) => void = () => undefined): MarketFeed => {
    const cursors = [...starts];
    /** The bar of each series whose opening was told last. */
    const opened = starts.map(() => -1);
    let told = false;
    /** When the bar that runs, or is the next, opened or will; never, where that was told. */
    const opensAt = (one: CandleSeries, i: number): number => {
      const index = cursors[i] ?? 0;
      return index >= one.length || opened[i] === index ? Infinity : one.ts(index);
    };
    const tellOpenings = (now: number): void => {
      series.forEach((one, i) => {
        if (opensAt(one, i) > now) return;
        const index = cursors[i] ?? 0;
        const { symbol, ts, open } = one.candle(index);
        opened[i] = index;
        opens({ symbol, ts, open });
      });
    };
    const nextAt = (): number =>
      Math.min(...series.map((one, i) => ((cursors[i] ?? 0) < one.length ? closesAt(one, cursors[i] ?? 0) : Infinity)));
    const tellGap = (one: CandleSeries, index: number, listener: FeedListener): void => {
      if (index === 0) return;
      const from = closesAt(one, index - 1);
      const missing = Math.round((one.ts(index) - from) / intervalMs);
      if (missing > 0) listener.notice({ type: 'gap', symbol: one.symbol, from, to: one.ts(index), missing });
    };
    return {
      symbols: series.map(({ symbol }) => symbol),
      intervalMs,
      recorded: true,
      newest: async () => null,
      recent: (symbol, count) => {
        const i = series.findIndex((one) => one.symbol === symbol);
        const one = series[i];
        const end = cursors[i] ?? 0;
        if (!one) return [];
        return Array.from({ length: Math.min(count, end) }, (_, k) => one.candle(end - Math.min(count, end) + k));
      },
      start: (listener) => {
        let timer = 0;
        let stopped = false;
        for (const row of told ? [] : badRows) listener.notice({ type: 'bad-row', ...row });
        told = true;
        const arm = (): void => {
          const closing = nextAt();
          const at = Math.min(closing, ...series.map(opensAt));
          if (at === Infinity) {
            timer = clock.setTimeout(() => listener.notice({ type: 'ended' }), 0);
            return;
          }
          timer = clock.setTimeout(
            () => {
              if (at === closing) deliver(at);
              tellOpenings(at);
              if (!stopped) arm();
            },
            Math.max(0, at - clock.now()),
          );
        };
        const deliver = (at: number): void => {
          const candles: Candle[] = [];
          series.forEach((one, i) => {
            const index = cursors[i] ?? 0;
            if (index >= one.length || closesAt(one, index) !== at) return;
            tellGap(one, index, listener);
            candles.push(one.candle(index));
            cursors[i] = index + 1;
          });
          listener.tick({ at, candles });
        };
        arm();
        return () => {
          stopped = true;
          clock.clearTimeout(timer);
        };
      },
    };
  };

  return {
    symbols: series.map(({ symbol }) => symbol),
    intervalMs,
    firstAt: firsts.length > 0 ? Math.min(...firsts) : null,
    lastAt: Math.max(...series.map((one) => closesAt(one, one.length - 1))),
    rows: series.reduce((sum, one) => sum + one.length, 0),
    past: starts.reduce((sum, start) => sum + start, 0),
    badRows,
    on,
  };
}
