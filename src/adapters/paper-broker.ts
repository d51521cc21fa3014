import { z } from 'zod';
import type { Candle, Fill, FundingPayment, Intent, Quote, Tick } from '../machines/messages.ts';
import {
  type Broker,
  type BrokerPosition,
  type Instrument,
  type OrderFate,
  type OrderName,
  OrderRejected,
  type RestingOrder,
  StopWouldTrigger,
} from '../ports/broker.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { FundingRates } from '../ports/funding.ts';
import { feeUsd } from '../ports/money.ts';
import { constantFunding } from './funding-rates.ts';
import { instrumentOf } from './instruments.ts';
import { book, closable, equityOf, forcedClose, liquidationOf } from './paper-account.ts';
import { fundedFrom, payFunding } from './paper-funding.ts';
import { type Liquidity, partsOf, slippedPrice, triggeredAt } from './paper-matching.ts';
import { PaperNews } from './paper-news.ts';
import { heardWithin, lastPrice, type Opening, priceNow, stillBar } from './paper-prices.ts';
import { leftOf, refusalOf, restingOf, WOULD_TRIGGER } from './paper-refusal.ts';
import { emptyState, type PaperOrder, type PaperState, paperState } from './paper-state.ts';

/** From order to fill, and between the parts of a fill, ms. */
const LATENCY_MS = 100;
const BETWEEN_PARTS_MS = 150;
/**
 * Orders that are done and older than these are forgotten. The whole state is written at every change: with 500 orders that
 * took 1.3 ms. A bot asks for the fate of orders it has no answer to, which are the latest.
 */
const ORDERS_KEPT = 60;

export type SubmitFault = 'ok' | 'timeout-before' | 'timeout-after' | 'reject';

export interface PaperBrokerOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly startEquityUsd: number;
  /**
   * Where the exchange remembers: a restarted bot must find it as it left it. `load` gives `null` at first. Virtual time
   * must wait for `save` (see `Pending`): a fill is told when the save that holds it has ended.
   */
  readonly store: { readonly load: () => Promise<unknown>; readonly save: (state: unknown) => Promise<void> };
  /** When funding is due, and at what rate; where it is left out, the constant rate of `funding-rates.ts`. */
  readonly funding?: FundingRates;
  /**
   * The market is a recording, which tells the opening price of every bar when it begins (`opens`): an order at the market fills
   * at that price, and waits for it where no bar runs. Otherwise it fills at the newest price.
   */
  readonly recorded?: boolean;
  /** What is known of a symbol, where its market tells it; otherwise Binance's figures, from a table. */
  readonly instrument?: (symbol: string) => Instrument;
  /** What happens to an order on its way, for tests and simulations. */
  readonly onSubmit?: (intent: Intent) => SubmitFault;
}

/** An exchange on paper: fees, slippage, partial fills, isolated margin, funding, liquidation. It takes a client order id once. */
export class PaperBroker implements Broker {
  readonly #options: PaperBrokerOptions;
  readonly #news: PaperNews;
  readonly #rates: FundingRates;
  /** What waits for a market that is closed, by symbol. */
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #state: PaperState;
  /** Stops that may rest, in the order in which they came: every bar looks at them. */
  readonly #stops = new Set<string>();
  /** Orders that may be open, in the order in which they came: of all that are kept they are few. */
  readonly #open = new Set<string>();
  /** Orders whose taking is being saved. */
  readonly #taking = new Map<string, Promise<void>>();
  readonly #liquidationAt = new Map<string, number>();

  private constructor(options: PaperBrokerOptions, state: PaperState) {
    this.#options = options;
    this.#state = state;
    this.#news = new PaperNews(options.clock, () => options.store.save(state));
    this.#rates = options.funding ?? constantFunding();
    for (const symbol of Object.keys(state.positions)) {
      this.#watchLiquidation(symbol);
      fundedFrom(state, symbol, state.fundedTo[symbol] ?? options.clock.now());
      this.#pay(symbol, lastPrice(state, symbol), options.clock.now());
    }
    for (const [id, order] of Object.entries(state.orders)) {
      if (order.status !== 'open') continue;
      this.#open.add(id);
      if (order.stopPrice === null) this.#schedule(id, order, this.#partsOf(order));
      else this.#stops.add(id);
    }
  }

  /** Throws when what was stored cannot be read: an exchange that forgot is no exchange. */
  static async open(options: PaperBrokerOptions): Promise<PaperBroker> {
    const stored = await options.store.load();
    if (stored === null || stored === undefined) return new PaperBroker(options, emptyState(options.startEquityUsd));
    const parsed = paperState.safeParse(stored);
    if (parsed.success) return new PaperBroker(options, parsed.data);
    throw new Error(
      `the paper exchange's state cannot be read: ${z.prettifyError(parsed.error).replace(/\n/g, '; ')}. ` +
        'Put it back, or move it away to begin with a new account',
    );
  }

  instrument(symbol: string): Instrument {
    return (this.#options.instrument ?? instrumentOf)(symbol);
  }

  /** New prices. To be called before anybody else sees the tick. */
  mark(tick: Tick): void {
    const state = this.#state;
    for (const candle of tick.candles) {
      const { symbol, ts, open, close } = candle;
      this.#pay(symbol, lastPrice(state, symbol), ts);
      this.#pay(symbol, open, tick.at - 1);
      const heard = heardWithin(state, candle);
      state.marks[symbol] = candle;
      if (tick.at >= (state.last[symbol]?.at ?? 0)) state.last[symbol] = { price: close, at: tick.at, between: false };
      this.#setOff(candle, heard);
      this.#liquidate(candle);
      this.#pay(symbol, close, tick.at);
    }
  }

  /** A price between bars. To be called before anybody else sees it. */
  quote(quote: Quote): void {
    const { symbol, price, at } = quote;
    const state = this.#state;
    if (at < (state.last[symbol]?.at ?? 0)) return;
    this.#pay(symbol, lastPrice(state, symbol), at);
    state.last[symbol] = { price, at, between: true };
    const still = stillBar(quote, state.marks[symbol]?.volume ?? 0);
    this.#setOff(still, false);
    this.#liquidate(still);
  }

  /** A bar of the recording begins. Nobody but the exchange hears of it: the bar's close is the first the bot sees of it. */
  opens({ symbol, ts, open }: Opening): void {
    this.#state.opens[symbol] = { ts, open };
    const waiting = this.#waiting.get(symbol) ?? [];
    this.#waiting.delete(symbol);
    for (const fill of waiting) this.#options.clock.setTimeout(fill, LATENCY_MS);
  }

  async submit(intent: Intent): Promise<{ orderId: string }> {
    const id = intent.clientOrderId;
    const known = this.#state.orders[id];
    if (known?.status === 'rejected') throw new OrderRejected(id, known.reason ?? 'refused');
    if (known) {
      await this.#taking.get(id);
      return { orderId: known.orderId };
    }
    const fault = this.#options.onSubmit?.(intent) ?? 'ok';
    if (fault === 'timeout-before') throw noAnswer(id);
    const reason =
      fault === 'reject' ? 'refused by the exchange' : refusalOf(this.#state, intent, this.instrument(intent.symbol));
    const order = this.#enter(intent, reason);
    if (reason !== null) throw refused(intent, reason);
    const parts = intent.stopPrice === null ? this.#partsOf(order) : [];
    const saved = this.#options.store.save(this.#state);
    this.#taking.set(id, saved);
    try {
      await saved;
    } catch (error) {
      // What the exchange could not write down it has not taken.
      delete this.#state.orders[id];
      throw error;
    } finally {
      this.#taking.delete(id);
    }
    this.#schedule(id, order, parts);
    if (fault === 'timeout-after') throw noAnswer(id);
    return { orderId: order.orderId };
  }

  async fate({ clientOrderId }: OrderName): Promise<OrderFate> {
    const order = this.#state.orders[clientOrderId];
    if (!order) return { status: 'never-received' };
    if (order.status === 'rejected') return { status: 'rejected', reason: order.reason ?? 'refused' };
    return { status: order.status, fills: [...order.fills] };
  }

  async cancel({ clientOrderId }: OrderName): Promise<void> {
    const order = this.#state.orders[clientOrderId];
    // What fills at the market is on its way already, unless the market is closed.
    const isOnItsWay = order?.stopPrice === null && !this.#waiting.has(order.symbol);
    if (order?.status !== 'open' || isOnItsWay) return;
    order.status = 'cancelled';
    await this.#news.save();
  }

  async resting(): Promise<readonly RestingOrder[]> {
    const resting: RestingOrder[] = [];
    for (const clientOrderId of this.#open) {
      const order = this.#state.orders[clientOrderId];
      if (order?.status === 'open') resting.push(restingOf(clientOrderId, order));
      else this.#open.delete(clientOrderId);
    }
    return resting;
  }

  async fillsSince(symbol: string, since: number): Promise<readonly Fill[]> {
    return Object.values(this.#state.orders)
      .flatMap(({ fills }) => fills)
      .filter((fill) => fill.symbol === symbol && fill.at >= since)
      .sort((a, b) => a.at - b.at);
  }

  /** Nothing ends here but by a fill, or because the bot has asked for it. */
  onEnded(): () => void {
    return () => undefined;
  }

  /** Nothing gets lost between this exchange and its bot. */
  onDoubt(): () => void {
    return () => undefined;
  }

  async positions(): Promise<readonly BrokerPosition[]> {
    return Object.entries(this.#state.positions)
      .map(([symbol, held]) => {
        const liquidationAt = liquidationOf(held, this.instrument(symbol));
        const markPrice = lastPrice(this.#state, symbol) ?? null;
        return { symbol, qty: held.qty, entryPrice: held.entry, liquidationPrice: liquidationAt || null, markPrice };
      })
      .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  async equityUsd(): Promise<number> {
    return equityOf(this.#state);
  }

  onFill(listener: (fill: Fill) => void): () => void {
    return this.#news.onFill(listener);
  }

  onFunding(listener: (payment: FundingPayment) => void): () => void {
    return this.#news.onFunding(listener);
  }

  async fundingSince(since: number): Promise<readonly FundingPayment[]> {
    return this.#state.funding.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at);
  }

  /** Funding that is due by now goes before whatever else changes the account. */
  #pay(symbol: string, price: number | undefined, now: number): void {
    const paid = payFunding(this.#state, this.#rates, symbol, price, now);
    if (paid.length === 0) return;
    this.#watchLiquidation(symbol);
    for (const payment of paid) this.#news.funding(payment);
  }

  #enter(intent: Intent, reason: string | null): PaperOrder {
    const { symbol, side, qty, reduceOnly, leverage, stopPrice } = intent;
    const status = reason === null ? 'open' : 'rejected';
    const orderId = `P${++this.#state.lastId}`;
    const order: PaperOrder = {
      orderId,
      symbol,
      side,
      qty,
      status,
      reason,
      reduceOnly,
      leverage,
      stopPrice,
      at: this.#options.clock.now(),
      fills: [],
    };
    this.#state.orders[intent.clientOrderId] = order;
    for (const known of [this.#open, this.#stops]) known.delete(intent.clientOrderId);
    if (status === 'open') this.#open.add(intent.clientOrderId);
    if (stopPrice !== null && status === 'open') this.#stops.add(intent.clientOrderId);
    this.#forgetOld();
    return order;
  }

  #partsOf(order: PaperOrder): readonly number[] {
    const volume = this.#state.marks[order.symbol]?.volume ?? 0;
    return partsOf(leftOf(order), volume, this.instrument(order.symbol).lot, this.#options.chance);
  }

  #schedule(clientOrderId: string, order: PaperOrder, parts: readonly number[]): void {
    parts.forEach((size, index) => {
      const last = index === parts.length - 1;
      const after = LATENCY_MS + index * BETWEEN_PARTS_MS;
      this.#options.clock.setTimeout(() => this.#execute(clientOrderId, order, size, last), after);
    });
  }

  /**
   * Stops whose price this bar has reached fill at once, as far as there is something to close. One that was placed within the
   * bar is judged by the prices heard since, where there were any; where not, the worst is taken: all of the bar came after it.
   */
  #setOff(bar: Candle, heard: boolean): void {
    for (const id of this.#stops) {
      const order = this.#state.orders[id];
      if (order?.status !== 'open') this.#stops.delete(id);
      if (order?.status !== 'open' || order.stopPrice === null || order.symbol !== bar.symbol) continue;
      const { symbol, close, volume } = bar;
      const seen = heard && order.at > bar.ts ? stillBar({ symbol, price: close, at: bar.ts }, volume) : bar;
      const price = triggeredAt(order.side, order.stopPrice, seen);
      if (price !== null) this.#execute(id, order, order.qty, true, { close: price, volume });
    }
  }

  #execute(
    clientOrderId: string,
    order: PaperOrder,
    size: number,
    last: boolean,
    met: Liquidity | null = priceNow(this.#state, order.symbol, this.#options.recorded === true),
  ): void {
    if (order.status !== 'open') return;
    if (met === null) {
      const { symbol } = order;
      this.#waiting.set(symbol, [
        ...(this.#waiting.get(symbol) ?? []),
        () => this.#execute(clientOrderId, order, size, last),
      ]);
      return;
    }
    this.#pay(order.symbol, lastPrice(this.#state, order.symbol), this.#options.clock.now());
    // What reduces never flips and never adds, also when a liquidation came first.
    const qty = order.reduceOnly ? Math.min(size, closable(this.#state.positions[order.symbol], order.side)) : size;
    if (last || qty < size) order.status = qty === leftOf(order) ? 'filled' : 'cancelled';
    if (qty <= 0) {
      this.#news.save();
      return;
    }
    const instrument = this.instrument(order.symbol);
    const price = slippedPrice(met, order.side, size, instrument, this.#options.chance);
    const fee = feeUsd(price, qty, instrument.takerFee);
    this.#news.fill(this.#fill(clientOrderId, order, qty, price, fee));
  }

  #fill(clientOrderId: string, order: PaperOrder, qty: number, price: number, fee: number): Fill {
    const { orderId, symbol, side, leverage } = order;
    const complete = order.status !== 'open';
    const at = this.#options.clock.now();
    const fillId = `F${++this.#state.lastId}`;
    const made: Fill = { fillId, clientOrderId, orderId, symbol, side, qty, price, feeUsd: fee, complete, at };
    order.fills.push(made);
    if (!this.#state.positions[symbol]) fundedFrom(this.#state, symbol, at);
    book(this.#state, made, leverage);
    this.#watchLiquidation(symbol);
    return made;
  }

  #watchLiquidation(symbol: string): void {
    const held = this.#state.positions[symbol];
    if (held) this.#liquidationAt.set(symbol, liquidationOf(held, this.instrument(symbol)));
    else this.#liquidationAt.delete(symbol);
  }

  #liquidate(bar: Candle): void {
    const at = this.#liquidationAt.get(bar.symbol);
    const held = this.#state.positions[bar.symbol];
    const close = held && at !== undefined ? forcedClose(held, at, bar, this.instrument(bar.symbol)) : null;
    if (!close) return;
    const clientOrderId = `liquidation-${bar.symbol}-${++this.#state.lastId}`;
    const order: PaperOrder = {
      orderId: `P${++this.#state.lastId}`,
      symbol: bar.symbol,
      side: close.side,
      qty: close.qty,
      status: 'filled',
      reason: null,
      reduceOnly: true,
      leverage: 1,
      stopPrice: null,
      at: this.#options.clock.now(),
      fills: [],
    };
    this.#state.orders[clientOrderId] = order;
    const made = this.#fill(clientOrderId, order, close.qty, close.price, close.feeUsd);
    this.#news.save();
    this.#options.clock.setTimeout(() => this.#news.fill(made), LATENCY_MS);
  }

  #forgetOld(): void {
    const ids = Object.keys(this.#state.orders);
    if (ids.length <= ORDERS_KEPT * 2) return;
    for (const id of ids.slice(0, ids.length - ORDERS_KEPT)) {
      if (this.#state.orders[id]?.status !== 'open') delete this.#state.orders[id];
    }
  }
}

const refused = ({ clientOrderId }: Intent, reason: string): OrderRejected =>
  reason === WOULD_TRIGGER ? new StopWouldTrigger(clientOrderId, reason) : new OrderRejected(clientOrderId, reason);

const noAnswer = (clientOrderId: string): Error =>
  new Error(`no answer to order ${clientOrderId} (timed out); its fate is unknown until the exchange is asked`);
