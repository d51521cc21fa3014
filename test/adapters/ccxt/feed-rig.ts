import { vi } from 'vitest';
import { type OpenedCcxtFeed, openCcxtFeed } from '../../../src/adapters/ccxt/open-ccxt-feed.ts';
import { PendingWork } from '../../../src/adapters/pending-work.ts';
import { seededChance } from '../../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';
import { steppedClock } from '../../fake-exchange/engine/exchange-clock.ts';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';
import { guardLoopback, type LoopbackGuard } from '../../fake-exchange/loopback-guard.ts';
import { Heard } from '../feed-listener.ts';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 2, 1, 12);
const STEP_MS = 250;

/** Hears what fails, too. */
export class HeardAll extends Heard {
  readonly failures: string[] = [];
  override failed(error: Error): void {
    this.failures.push(error.message);
  }
}

/**
 * The feed through the real ccxt, against the fake exchange. Time is virtual on both sides and waits for what was asked, so that a
 * busy machine changes nothing; what comes on a socket is waited for.
 */
export class FeedRig implements AsyncDisposable {
  readonly heard = new HeardAll();
  readonly lines: string[] = [];
  readonly clock: VirtualClock;
  readonly exchange: FakeExchange;
  readonly pending = new PendingWork();
  readonly guard: LoopbackGuard = guardLoopback();
  #opened: OpenedCcxtFeed | null = null;
  #stop: (() => void) | null = null;
  #quotesBefore = 0;

  private constructor(exchange: FakeExchange) {
    this.exchange = exchange;
    this.clock = new VirtualClock(exchange.clock.now());
  }

  static async open(symbols: readonly string[] = ['BTCUSDT', 'ETHUSDT'], past = 30): Promise<FeedRig> {
    const exchange = await FakeExchange.start({ clock: steppedClock(START) });
    const rig = new FeedRig(exchange);
    for (const symbol of symbols) {
      const bars = Array.from({ length: past }, (_, i) => {
        const price = 1_000 + i;
        const ts = START - (past - i) * MINUTE;
        return { symbol, ts, open: price, high: price + 1, low: price - 1, close: price, volume: 2 };
      });
      exchange.history(bars);
    }
    return rig;
  }

  get feed() {
    if (this.#opened === null) throw new Error('the feed is not open');
    return this.#opened.feed;
  }

  get opened(): OpenedCcxtFeed {
    if (this.#opened === null) throw new Error('the feed is not open');
    return this.#opened;
  }

  /** Opens the feed and listens, and waits until its sockets do. */
  async listen(symbols: readonly string[] = ['BTCUSDT', 'ETHUSDT'], exchange = 'binanceusdm'): Promise<void> {
    const say = (line: string): void => {
      this.lines.push(line);
    };
    this.#opened = await openCcxtFeed({
      exchange,
      symbols,
      clock: this.clock,
      chance: seededChance(1),
      pending: this.pending,
      log: { info: say, warn: say, error: say },
      at: new URL(this.exchange.url),
      timeoutMs: 2_000,
    });
    this.start();
    await this.subscribed(symbols);
  }

  start(): void {
    this.#stop = this.feed.start(this.heard);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Trades until every symbol's prices come through. */
  async subscribed(symbols: readonly string[]): Promise<void> {
    for (const [i, symbol] of symbols.entries()) {
      let price = 1_100 + i;
      await vi.waitFor(
        () => {
          const since = this.heard.quotes.length;
          if (this.heard.quotes.slice(this.#quotesBefore).some((quote) => quote.symbol === symbol)) return;
          price += 0.5;
          this.exchange.price(symbol, price, { volume: '0.1' });
          throw new Error(`${symbol} is not heard (${since} quotes)`);
        },
        { timeout: 20_000, interval: 50 },
      );
    }
    this.#quotesBefore = this.heard.quotes.length;
  }

  /** A trade, and its price as heard. */
  async trade(symbol: string, price: number, volume = 1): Promise<void> {
    this.exchange.price(symbol, price, { volume: String(volume) });
    await vi.waitFor(
      () => {
        const last = this.heard.quotes.findLast((quote) => quote.symbol === symbol);
        if (last?.price !== price) throw new Error(`${symbol}: ${price} was not heard, but ${last?.price}`);
      },
      { timeout: 20_000, interval: 5 },
    );
  }

  /** A trade nobody can hear of. */
  unheard(symbol: string, price: number, volume = 1): void {
    this.exchange.price(symbol, price, { volume: String(volume) });
  }

  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.exchange.clock.moveTo?.(this.clock.now() + Math.min(STEP_MS, left));
      await this.clock.advanceAsync(Math.min(STEP_MS, left), () => this.pending.idle());
    }
  }

  async advanceTo(at: number): Promise<void> {
    await this.advance(at - this.clock.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    const closing = this.#opened?.close();
    await this.clock.advanceAsync(5_000);
    await closing;
    await this.exchange.close();
    this.guard[Symbol.dispose]();
  }
}
