import { vi } from 'vitest';
import { type OpenedCcxtBroker, openCcxtBroker } from '../../../src/adapters/ccxt/open-ccxt-broker.ts';
import { PendingWork } from '../../../src/adapters/pending-work.ts';
import { seededChance } from '../../../src/adapters/seeded-chance.ts';
import { wallClock } from '../../../src/adapters/wall-clock.ts';
import type { Fill, Intent } from '../../../src/machines/messages.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { type ExchangeOptions, FakeExchange } from '../../fake-exchange/fake-exchange.ts';
import { guardLoopback, type LoopbackGuard } from '../../fake-exchange/loopback-guard.ts';

export const BTC = 'BTCUSDT';
export const ETH = 'ETHUSDT';

export interface BrokerRigOptions extends ExchangeOptions {
  readonly symbols?: readonly string[];
  readonly timeoutMs?: number;
  readonly recvWindowMs?: number;
  /** How long the partition is still ours, ms. */
  readonly remainingMs?: () => number;
}

/** The broker through the real ccxt, against the fake exchange, in time that runs. */
export class BrokerRig implements AsyncDisposable {
  readonly exchange: FakeExchange;
  readonly clock: Clock;
  readonly fills: Fill[] = [];
  readonly doubts: string[] = [];
  readonly ends: string[] = [];
  readonly lines: string[] = [];
  readonly pending = new PendingWork();
  readonly guard: LoopbackGuard = guardLoopback();
  readonly #options: BrokerRigOptions;
  #broker: OpenedCcxtBroker | null = null;

  private constructor(exchange: FakeExchange, options: BrokerRigOptions) {
    this.exchange = exchange;
    this.#options = options;
    this.clock = wallClock({ keepsAlive: false });
  }

  static async start(options: BrokerRigOptions = {}): Promise<BrokerRig> {
    const exchange = await FakeExchange.start(options);
    exchange.price(BTC, '60000');
    exchange.price(ETH, '3000');
    return new BrokerRig(exchange, options);
  }

  static async open(options: BrokerRigOptions = {}): Promise<BrokerRig> {
    const rig = await BrokerRig.start(options);
    await rig.connect();
    return rig;
  }

  get broker(): OpenedCcxtBroker {
    if (this.#broker === null) throw new Error('the broker is not open');
    return this.#broker;
  }

  /** Opens the broker, or opens it again as a bot does that was started anew. */
  async connect(keys = { apiKey: this.exchange.apiKey.key, secret: this.exchange.apiKey.secret }): Promise<void> {
    await this.#broker?.close();
    const say = (line: string): void => {
      this.lines.push(line);
    };
    this.#broker = await openCcxtBroker({
      exchange: 'binanceusdm',
      keys,
      testnet: false,
      symbols: this.#options.symbols ?? [BTC, ETH],
      clock: this.clock,
      chance: seededChance(1),
      log: { info: say, warn: say, error: say },
      pending: this.pending,
      pointAt: new URL(this.exchange.url),
      timeoutMs: this.#options.timeoutMs ?? 5_000,
      recvWindowMs: this.#options.recvWindowMs ?? 5_000,
      lease: this.#options.remainingMs ? { partition: 'a/0of1', remainingMs: this.#options.remainingMs } : null,
    });
    this.#broker.onFill((fill) => this.fills.push(fill));
    this.#broker.onEnded((clientOrderId) => this.ends.push(clientOrderId));
    this.#broker.onDoubt((why) => this.doubts.push(why));
  }

  intent(clientOrderId: string, parts: Partial<Intent> = {}): Intent {
    return {
      clientOrderId,
      signalId: 's',
      symbol: BTC,
      side: 'BUY',
      purpose: 'entry',
      qty: 0.01,
      leverage: 3,
      reduceOnly: false,
      gate: null,
      stopPrice: null,
      at: this.clock.now(),
      ...parts,
    };
  }

  stop(clientOrderId: string, stopPrice: number, parts: Partial<Intent> = {}): Intent {
    return this.intent(clientOrderId, { purpose: 'stop', side: 'SELL', reduceOnly: true, stopPrice, ...parts });
  }

  /** Waits for what comes as soon as it can; a busy machine takes its time. */
  async until(what: string, holds: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (!holds()) throw new Error(`${what}; the log says: ${this.lines.slice(-5).join(' | ')}`);
      },
      { timeout: 40_000, interval: 20 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker?.close();
    await this.exchange.close();
    this.guard[Symbol.dispose]();
    if (this.guard.outside.length > 0) throw new Error(`sockets were opened to ${this.guard.outside.join(', ')}`);
  }
}
