import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { readCandles } from '../../src/adapters/candle-csv.ts';
import { type ExtremeFirst, pathOf } from './engine/bar-path.ts';
import { MINUTE, type PlayedCandle } from './engine/klines.ts';
import type { FakeExchange } from './fake-exchange.ts';

export interface PlayOptions {
  readonly extremeFirst?: ExtremeFirst;
  /** Real milliseconds between two minutes on a clock that does not run by itself. */
  readonly pauseMs?: number;
  /** After the last trade of a minute of all symbols. */
  readonly onMinute?: (ts: number) => void;
  readonly signal?: AbortSignal;
}

/** A file of candles (`timestamp,open,high,low,close,volume`, plain or gzipped), named after its symbol. */
export async function loadCandles(file: string): Promise<readonly PlayedCandle[]> {
  const series = await readCandles(file);
  return Array.from({ length: series.length }, (_, index) => series.candle(index));
}

/**
 * Plays bars of any number of symbols, together, in the order of time: every trade at its moment of the exchange's clock. A clock that
 * stands is moved; then the event loop turns after every trade, so that clients get their word in.
 */
export async function play(
  exchange: FakeExchange,
  candles: readonly PlayedCandle[],
  options: PlayOptions = {},
): Promise<void> {
  const { extremeFirst, pauseMs = 0, onMinute, signal } = options;
  const minutes = Map.groupBy(candles, ({ ts }) => ts);
  const { market, clock, engine } = exchange;
  market.endsByClock = false;
  try {
    for (const ts of [...minutes.keys()].sort((a, b) => a - b)) {
      const bars = minutes.get(ts) ?? [];
      const moves = bars.flatMap((bar) => pathOf(bar, extremeFirst)).sort((a, b) => a.at - b.at);
      for (const move of moves) {
        if (signal?.aborted) return;
        await reach(exchange, move.at);
        engine.tick();
        market.move(move);
      }
      clock.moveTo?.(ts + MINUTE);
      for (const { symbol } of bars) exchange.endBar(symbol);
      onMinute?.(ts);
      if (clock.moveTo && pauseMs > 0) await sleep(pauseMs);
    }
  } finally {
    market.endsByClock = true;
  }
}

async function reach({ clock }: FakeExchange, at: number): Promise<void> {
  if (clock.moveTo) {
    clock.moveTo(at);
    await turn();
    return;
  }
  const realMs = (at - clock.now()) / clock.timeScale;
  if (realMs > 0) await sleep(realMs);
  else await turn();
}
