import type { Funding } from '../engine/funding.ts';
import { type Bar, INTERVALS } from '../engine/klines.ts';
import type { Market, MarketListener } from '../engine/market.ts';
import type { FaultBoard } from '../faults/fault-board.ts';
import { bookOf, klineEvent, markEvent, miniTickerEvent, tickerEvent } from '../wire/market-wire.ts';
import type { Connections } from './connections.ts';

/** Tells those who subscribed what the market does. */
export class MarketStreams implements MarketListener {
  readonly #market: Market;
  readonly #funding: Funding;
  readonly #connections: Connections;
  readonly #faults: FaultBoard;
  readonly #now: () => number;
  /** Final klines that wait until the next bar has begun. */
  #late: { readonly symbol: string; readonly t: number; readonly send: () => void }[] = [];

  constructor(market: Market, funding: Funding, connections: Connections, faults: FaultBoard, now: () => number) {
    this.#market = market;
    this.#funding = funding;
    this.#connections = connections;
    this.#faults = faults;
    this.#now = now;
  }

  moved(symbol: string): void {
    const name = symbol.toLowerCase();
    const now = this.#now();
    this.#connections.publish('market', `${name}@ticker`, () => tickerEvent(this.#market, symbol, now));
    this.#connections.publish('market', `${name}@miniTicker`, () => miniTickerEvent(this.#market, symbol, now));
    for (const stream of [`${name}@markPrice`, `${name}@markPrice@1s`])
      this.#connections.publish('market', stream, () => markEvent(this.#market, this.#funding, symbol, now));
    for (const stream of ['!markPrice@arr', '!markPrice@arr@1s'])
      this.#connections.publish('market', stream, () => [markEvent(this.#market, this.#funding, symbol, now)]);
    this.#connections.publish('public', `${name}@bookTicker`, () => {
      const { bid, ask, qty } = bookOf(this.#market, symbol);
      return { e: 'bookTicker', u: now, E: now, T: now, s: symbol, b: bid, B: qty, a: ask, A: qty };
    });
  }

  barChanged(symbol: string, minute: Bar): void {
    const prefix = `${symbol.toLowerCase()}@kline_`;
    for (const stream of this.#connections.subscribed('market', new RegExp(`^${prefix}`))) {
      const interval = stream.slice(prefix.length);
      const ms = INTERVALS[interval];
      const bar = ms === undefined ? null : this.#market.klines.at(symbol, ms, minute.t);
      if (ms !== undefined && bar) this.#send(symbol, stream, interval, ms, bar);
    }
  }

  #send(symbol: string, stream: string, interval: string, ms: number, bar: Bar): void {
    const send = (): void =>
      this.#connections.publish('market', stream, () => klineEvent(symbol, interval, ms, bar, this.#now()));
    const fault = bar.closed
      ? this.#faults.takeForMessage(['missing-kline', 'late-kline'], symbol, `${stream} ${bar.t}`)
      : null;
    if (fault?.kind === 'missing-kline') return;
    if (fault) {
      this.#late.push({ symbol, t: bar.t, send });
      return;
    }
    send();
    const due = this.#late.filter((late) => late.symbol === symbol && late.t < bar.t);
    this.#late = this.#late.filter((late) => !due.includes(late));
    for (const late of due) late.send();
  }
}
