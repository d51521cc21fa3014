import { z } from 'zod';
import type { Candle, Fill, Intent, Tick } from '../machines/messages.ts';
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
import { dividedBy, feeUsd, floorToLot, minus, notionalUsd, toUsd } from '../ports/money.ts';
import { instrumentOf } from './instruments.ts';
import { book, closable, equityOf, forcedClose, liquidationOf } from './paper-account.ts';
import { partsOf, slippedPrice, triggeredAt } from './paper-matching.ts';
import { type PaperOrder, type PaperState, paperState } from './paper-state.ts';

/** From order to fill, and between the parts of a fill, ms. */
const LATENCY_MS = 100;
const BETWEEN_PARTS_MS = 150;
/** How soon a save that failed is tried again, ms. */
const SAVE_AGAIN_MS = 1_000;
/** How often in a row; the next order or fill begins anew. */
const SAVES_AGAIN = 60;
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
  /** What happens to an order on its way, for tests and simulations. */
  readonly onSubmit?: (intent: Intent) => SubmitFault;
}

/** An exchange on paper: fees, slippage, partial fills, isolated margin, liquidation. It takes a client order id once. */
export class PaperBroker implements Broker {
  readonly #options: PaperBrokerOptions;
  readonly #listeners = new Set<(fill: Fill) => void>();
  readonly #state: PaperState;
  /** Orders whose taking is being saved. */
  readonly #taking = new Map<string, Promise<void>>();
  readonly #liquidationAt = new Map<string, number>();
  /** Ends when all fills so far have been told. */
  #told: Promise<void> = Promise.resolve();
  #savesFailed = 0;
  #savesAgain = false;

  private constructor(options: PaperBrokerOptions, state: PaperState) {
    this.#options = options;
    this.#state = state;
    for (const symbol of Object.keys(state.positions)) this.#watchLiquidation(symbol);
    for (const [id, order] of Object.entries(state.orders)) {
      if (order.status === 'open' && order.stopPrice === null) this.#schedule(id, order, this.#partsOf(order));
    }
  }

  /** Throws when what was stored cannot be read: an exchange that forgot is no exchange. */
  static async open(options: PaperBrokerOptions): Promise<PaperBroker> {
    const stored = await options.store.load();
    if (stored === null || stored === undefined) {
      const empty = { cashUsd: options.startEquityUsd, lastId: 0, positions: {}, marks: {}, orders: {} };
      return new PaperBroker(options, empty);
    }
    const parsed = paperState.safeParse(stored);
    if (parsed.success) return new PaperBroker(options, parsed.data);
    throw new Error(
      `the paper exchange's state cannot be read: ${z.prettifyError(parsed.error).replace(/\n/g, '; ')}. ` +
        'Put it back, or move it away to begin with a new account',
    );
  }

  instrument(symbol: string): Instrument {
    return instrumentOf(symbol);
  }

  /** New prices. To be called before anybody else sees the tick. */
  mark(tick: Tick): void {
    for (const candle of tick.candles) {
      this.#state.marks[candle.symbol] = candle;
      this.#setOff(candle);
      this.#liquidate(candle);
    }
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
    const reason = fault === 'reject' ? 'refused by the exchange' : this.#refusal(intent);
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
    // What fills at the market is on its way already.
    if (order?.status !== 'open' || order.stopPrice === null) return;
    order.status = 'cancelled';
    await this.#save();
  }

  async resting(): Promise<readonly RestingOrder[]> {
    return Object.entries(this.#state.orders)
      .filter(([, { status }]) => status === 'open')
      .map(([clientOrderId, order]) => {
        const { orderId, symbol, side, reduceOnly, stopPrice } = order;
        const purpose = stopPrice !== null ? 'stop' : reduceOnly ? 'exit' : 'entry';
        return { clientOrderId, orderId, symbol, side, purpose, qty: leftOf(order), reduceOnly, stopPrice };
      });
  }

  async fillsSince(symbol: string, since: number): Promise<readonly Fill[]> {
    return Object.values(this.#state.orders)
      .flatMap(({ fills }) => fills)
      .filter((fill) => fill.symbol === symbol && fill.at >= since)
      .sort((a, b) => a.at - b.at);
  }

  /** Nothing gets lost between this exchange and its bot. */
  onDoubt(): () => void {
    return () => undefined;
  }

  async positions(): Promise<readonly BrokerPosition[]> {
    return Object.entries(this.#state.positions)
      .map(([symbol, held]) => {
        const liquidationAt = liquidationOf(held, this.instrument(symbol));
        return { symbol, qty: held.qty, entryPrice: held.entry, liquidationPrice: liquidationAt || null };
      })
      .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  async equityUsd(): Promise<number> {
    return equityOf(this.#state);
  }

  onFill(listener: (fill: Fill) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Why an order is refused, or `null`. */
  #refusal({ symbol, side, qty, leverage, reduceOnly, stopPrice }: Intent): string | null {
    const { lot, minNotionalUsd, maxLeverage } = this.instrument(symbol);
    const price = this.#state.marks[symbol]?.close;
    if (price === undefined) return `there is no price for ${symbol} yet`;
    if (!(qty > 0) || floorToLot(qty, lot) !== qty) return `size ${qty} is not a multiple of ${lot}`;
    const closing = closable(this.#state.positions[symbol], side);
    if (stopPrice !== null && (side === 'SELL' ? price <= stopPrice : price >= stopPrice)) return WOULD_TRIGGER;
    if (reduceOnly) return closing > 0 ? null : `there is nothing to reduce of ${symbol}`;
    const notional = notionalUsd(price, qty);
    if (notional < minNotionalUsd) return `notional ${notional} is below ${minNotionalUsd}`;
    if (!(leverage >= 1 && leverage <= maxLeverage)) return `leverage ${leverage} is not between 1 and ${maxLeverage}`;
    const needed = dividedBy(notionalUsd(price, Math.max(0, minus(qty, closing))), leverage);
    const free = this.#freeMarginUsd();
    return needed > free ? `margin is insufficient: ${toUsd(needed)} needed, ${toUsd(free)} free` : null;
  }

  /** Cash that neither holdings nor orders under way have bound. */
  #freeMarginUsd(): number {
    const { cashUsd, positions, orders, marks } = this.#state;
    let free = cashUsd;
    for (const { marginUsd } of Object.values(positions)) free = minus(free, marginUsd);
    for (const order of Object.values(orders)) {
      if (order.status !== 'open' || order.reduceOnly) continue;
      free = minus(free, dividedBy(notionalUsd(marks[order.symbol]?.close ?? 0, leftOf(order)), order.leverage));
    }
    return free;
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
      fills: [],
    };
    this.#state.orders[intent.clientOrderId] = order;
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

  /** Stops whose price this bar has reached fill at once, as far as there is something to close. */
  #setOff(bar: Candle): void {
    for (const [id, order] of Object.entries(this.#state.orders)) {
      if (order.status !== 'open' || order.stopPrice === null || order.symbol !== bar.symbol) continue;
      const price = triggeredAt(order.side, order.stopPrice, bar);
      if (price !== null) this.#execute(id, order, order.qty, true, { ...bar, close: price });
    }
  }

  #execute(
    clientOrderId: string,
    order: PaperOrder,
    size: number,
    last: boolean,
    bar: Candle | undefined = this.#state.marks[order.symbol],
  ): void {
    if (!bar || order.status !== 'open') return;
    // What reduces never flips and never adds, also when a liquidation came first.
    const qty = order.reduceOnly ? Math.min(size, closable(this.#state.positions[order.symbol], order.side)) : size;
    if (last || qty < size) order.status = qty === leftOf(order) ? 'filled' : 'cancelled';
    if (qty <= 0) {
      this.#save();
      return;
    }
    const instrument = this.instrument(order.symbol);
    const price = slippedPrice(bar, order.side, size, instrument, this.#options.chance);
    const fee = feeUsd(price, qty, instrument.takerFee);
    this.#tell(this.#fill(clientOrderId, order, qty, price, fee));
  }

  #fill(clientOrderId: string, order: PaperOrder, qty: number, price: number, fee: number): Fill {
    const { orderId, symbol, side, leverage } = order;
    const complete = order.status !== 'open';
    const at = this.#options.clock.now();
    const fillId = `F${++this.#state.lastId}`;
    const made: Fill = { fillId, clientOrderId, orderId, symbol, side, qty, price, feeUsd: fee, complete, at };
    order.fills.push(made);
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
      fills: [],
    };
    this.#state.orders[clientOrderId] = order;
    const made = this.#fill(clientOrderId, order, close.qty, close.price, close.feeUsd);
    this.#save();
    this.#options.clock.setTimeout(() => this.#tell(made), LATENCY_MS);
  }

  #forgetOld(): void {
    const ids = Object.keys(this.#state.orders);
    if (ids.length <= ORDERS_KEPT * 2) return;
    for (const id of ids.slice(0, ids.length - ORDERS_KEPT)) {
      if (this.#state.orders[id]?.status !== 'open') delete this.#state.orders[id];
    }
  }

  /** Tells of a fill once it is saved: a bot must never remember what its exchange forgot. Fills are told in order. */
  #tell(fill: Fill): void {
    const saved = this.#save();
    this.#told = this.#told
      .then(() => saved)
      .then(() => {
        for (const listener of [...this.#listeners]) this.#call(listener, fill);
      });
  }

  /** One listener's error is thrown by the clock, where errors of timers go: the others still hear, and so does who throws. */
  #call(listener: (fill: Fill) => void, fill: Fill): void {
    try {
      listener(fill);
    } catch (error) {
      this.#options.clock.setTimeout(() => {
        throw error;
      }, 0);
    }
  }

  /** Never rejects: what could not be saved is tried again, and meanwhile `submit` rejects with the reason. */
  async #save(): Promise<void> {
    try {
      await this.#options.store.save(this.#state);
      this.#savesFailed = 0;
    } catch {
      if (this.#savesAgain || ++this.#savesFailed > SAVES_AGAIN) return;
      this.#savesAgain = true;
      this.#options.clock.setTimeout(() => {
        this.#savesAgain = false;
        this.#save();
      }, SAVE_AGAIN_MS);
    }
  }
}

const leftOf = ({ qty, fills }: PaperOrder): number => fills.reduce((left, fill) => minus(left, fill.qty), qty);

const WOULD_TRIGGER = 'its price has been reached already';

const refused = ({ clientOrderId }: Intent, reason: string): OrderRejected =>
  reason === WOULD_TRIGGER ? new StopWouldTrigger(clientOrderId, reason) : new OrderRejected(clientOrderId, reason);

const noAnswer = (clientOrderId: string): Error =>
  new Error(`no answer to order ${clientOrderId} (timed out); its fate is unknown until the exchange is asked`);
