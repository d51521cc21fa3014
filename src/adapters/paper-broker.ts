import { z } from 'zod';
import type { Candle, Fill, Intent, Tick } from '../machines/messages.ts';
import { type Broker, type BrokerPosition, type Instrument, type OrderFate, OrderRejected } from '../ports/broker.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import { dividedBy, feeUsd, floorToLot, minus, notionalUsd, plus, roundToTick, times, toUsd } from '../ports/money.ts';
import { instrumentOf } from './instruments.ts';

/** From order to fill, and between the parts of a fill, ms. */
const LATENCY_MS = 100;
const BETWEEN_PARTS_MS = 150;
/** Slippage of a small order, and what the share of the bar's volume adds to it, as fractions of the price. */
const BASE_SLIPPAGE = 0.0001;
const IMPACT = 0.01;
/** An order above this share of the bar's volume is filled in parts; so are some others. */
const LARGE_SHARE = 0.01;
const PARTED = 0.15;

const fill = z.custom<Fill>((value) => typeof value === 'object' && value !== null && 'fillId' in value);
const paperState = z.object({
  cashUsd: z.number(),
  lastId: z.number(),
  positions: z.record(z.string(), z.object({ qty: z.number(), entry: z.number(), marginUsd: z.number() })),
  orders: z.record(
    z.string(),
    z.object({
      orderId: z.string(),
      symbol: z.string(),
      side: z.enum(['BUY', 'SELL']),
      qty: z.number(),
      status: z.enum(['open', 'filled', 'rejected']),
      reason: z.string().nullable(),
      reduceOnly: z.boolean(),
      leverage: z.number(),
      fills: z.array(fill),
    }),
  ),
});
type PaperState = z.infer<typeof paperState>;
type Order = PaperState['orders'][string];
type Holding = PaperState['positions'][string];

/** Orders that are done and older than these are forgotten. */
const ORDERS_KEPT = 2_000;

export type SubmitFault = 'ok' | 'timeout-before' | 'timeout-after' | 'reject';

export interface PaperBrokerOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly startEquityUsd: number;
  /** Where the exchange remembers: a restarted bot must find it as it left it. `load` gives `null` at first. */
  readonly store: { readonly load: () => Promise<unknown>; readonly save: (state: unknown) => Promise<void> };
  /** What happens to an order on its way, for tests and simulations. */
  readonly onSubmit?: (intent: Intent) => SubmitFault;
}

/** An exchange on paper: fees, slippage, partial fills, isolated margin, liquidation. It takes a client order id once. */
export class PaperBroker implements Broker {
  readonly #options: PaperBrokerOptions;
  readonly #marks = new Map<string, Candle>();
  readonly #listeners = new Set<(fill: Fill) => void>();
  readonly #state: PaperState;
  #saveFailed: Error | null = null;

  private constructor(options: PaperBrokerOptions, state: PaperState) {
    this.#options = options;
    this.#state = state;
  }

  /** Throws when what was stored cannot be read: an exchange that forgot is no exchange. */
  static async open(options: PaperBrokerOptions): Promise<PaperBroker> {
    const stored = await options.store.load();
    if (stored === null) {
      return new PaperBroker(options, { cashUsd: options.startEquityUsd, lastId: 0, positions: {}, orders: {} });
    }
    const parsed = paperState.safeParse(stored);
    if (!parsed.success) throw new Error(`the paper exchange's state cannot be read: ${z.prettifyError(parsed.error)}`);
    const broker = new PaperBroker(options, parsed.data);
    for (const [id, order] of Object.entries(parsed.data.orders)) if (order.status === 'open') broker.#work(id, order);
    return broker;
  }

  instrument(symbol: string): Instrument {
    return instrumentOf(symbol);
  }

  /** New prices. To be called before anybody else sees the tick. */
  mark(tick: Tick): void {
    for (const candle of tick.candles) {
      this.#marks.set(candle.symbol, candle);
      this.#liquidate(candle);
    }
  }

  async submit(intent: Intent): Promise<{ orderId: string }> {
    const known = this.#state.orders[intent.clientOrderId];
    if (known) return { orderId: known.orderId };
    const fate = this.#options.onSubmit?.(intent) ?? 'ok';
    if (fate === 'timeout-before') throw new Error(`no answer to order ${intent.clientOrderId} (timed out)`);
    const reason = fate === 'reject' ? 'refused by the exchange' : this.#refusal(intent);
    const order: Order = {
      orderId: `P${++this.#state.lastId}`,
      symbol: intent.symbol,
      side: intent.side,
      qty: intent.qty,
      status: reason === null ? 'open' : 'rejected',
      reason,
      reduceOnly: intent.reduceOnly,
      leverage: intent.leverage,
      fills: [],
    };
    this.#state.orders[intent.clientOrderId] = order;
    this.#forgetOld();
    await this.#save();
    if (reason !== null) throw new OrderRejected(intent.clientOrderId, reason);
    this.#work(intent.clientOrderId, order);
    if (fate === 'timeout-after') throw new Error(`no answer to order ${intent.clientOrderId} (timed out)`);
    return { orderId: order.orderId };
  }

  async fate(clientOrderId: string): Promise<OrderFate> {
    const order = this.#state.orders[clientOrderId];
    if (!order) return { status: 'never-received' };
    if (order.status === 'rejected') return { status: 'rejected', reason: order.reason ?? 'refused' };
    return { status: order.status, fills: [...order.fills] };
  }

  async positions(): Promise<readonly BrokerPosition[]> {
    return Object.entries(this.#state.positions)
      .filter(([, { qty }]) => qty !== 0)
      .map(([symbol, { qty }]) => ({ symbol, qty }))
      .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  async equityUsd(): Promise<number> {
    let equity = this.#state.cashUsd;
    for (const [symbol, { qty, entry }] of Object.entries(this.#state.positions)) {
      const price = this.#marks.get(symbol)?.close;
      if (price !== undefined) equity = plus(equity, times(qty, minus(price, entry)));
    }
    return toUsd(equity);
  }

  onFill(listener: (fill: Fill) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Why an order is refused, or `null`. */
  #refusal(intent: Intent): string | null {
    const { tick, lot, minNotionalUsd, maxLeverage } = this.instrument(intent.symbol);
    const price = this.#marks.get(intent.symbol)?.close;
    if (price === undefined) return `there is no price for ${intent.symbol} yet`;
    if (intent.qty <= 0 || floorToLot(intent.qty, lot) !== intent.qty)
      return `size ${intent.qty} is not a multiple of ${lot}`;
    const held = this.#state.positions[intent.symbol]?.qty ?? 0;
    const reduces = intent.side === 'SELL' ? held > 0 : held < 0;
    if (intent.reduceOnly) return reduces ? null : `there is nothing to reduce of ${intent.symbol}`;
    const notional = notionalUsd(roundToTick(price, tick), intent.qty);
    if (notional < minNotionalUsd) return `notional ${notional} is below ${minNotionalUsd}`;
    if (intent.leverage < 1 || intent.leverage > maxLeverage)
      return `leverage ${intent.leverage} is not between 1 and ${maxLeverage}`;
    const used = Object.values(this.#state.positions).reduce((sum, { marginUsd }) => sum + marginUsd, 0);
    const free = this.#state.cashUsd - used;
    const margin = notional / intent.leverage;
    return margin > free ? `margin is insufficient: ${toUsd(margin)} needed, ${toUsd(free)} free` : null;
  }

  /** Fills an order in one part or some, each after a while. */
  #work(clientOrderId: string, order: Order): void {
    const done = order.fills.reduce((sum, { qty }) => plus(sum, qty), 0);
    const left = minus(order.qty, done);
    const { lot } = this.instrument(order.symbol);
    const volume = this.#marks.get(order.symbol)?.volume ?? 0;
    const large = volume > 0 && order.qty / volume > LARGE_SHARE;
    const parts = large || this.#options.chance.next() < PARTED ? 2 + Math.floor(this.#options.chance.next() * 2) : 1;
    const part = floorToLot(dividedBy(left, parts), lot);
    const sizes: number[] = [];
    for (let i = 0; i < parts - 1 && part > 0; i++) sizes.push(part);
    sizes.push(
      minus(
        left,
        sizes.reduce((sum, size) => plus(sum, size), 0),
      ),
    );
    sizes.forEach((size, index) => {
      this.#options.clock.setTimeout(
        () => this.#fill(clientOrderId, order, size, index === sizes.length - 1),
        LATENCY_MS + index * BETWEEN_PARTS_MS,
      );
    });
  }

  #fill(clientOrderId: string, order: Order, size: number, last: boolean): void {
    const candle = this.#marks.get(order.symbol);
    if (!candle || order.status !== 'open') return;
    const held = this.#state.positions[order.symbol]?.qty ?? 0;
    // What reduces never flips, also when a liquidation came first.
    const qty = order.reduceOnly ? Math.min(size, Math.abs(held)) : size;
    const { tick, takerFee } = this.instrument(order.symbol);
    const share = candle.volume > 0 ? Math.min(1, size / candle.volume) : 0;
    const slip = candle.close * (BASE_SLIPPAGE + IMPACT * share) * (0.5 + this.#options.chance.next());
    const price = roundToTick(
      order.side === 'BUY' ? candle.close + slip : candle.close - slip,
      tick,
      order.side === 'BUY' ? 'up' : 'down',
    );
    if (last || qty < size) order.status = 'filled';
    if (qty <= 0) {
      this.#saveSoon();
      return;
    }
    this.#report(clientOrderId, order, qty, price, feeUsd(price, qty, takerFee));
  }

  #report(clientOrderId: string, order: Order, qty: number, price: number, fee: number): void {
    const made: Fill = {
      fillId: `F${++this.#state.lastId}`,
      clientOrderId,
      orderId: order.orderId,
      symbol: order.symbol,
      side: order.side,
      qty,
      price,
      feeUsd: fee,
      complete: order.status === 'filled',
      at: this.#options.clock.now(),
    };
    order.fills.push(made);
    this.#book(made, order.leverage);
    this.#saveSoon();
    for (const listener of [...this.#listeners]) listener(made);
  }

  #book({ symbol, side, qty, price, feeUsd: fee }: Fill, leverage: number): void {
    const before: Holding = this.#state.positions[symbol] ?? { qty: 0, entry: 0, marginUsd: 0 };
    const change = side === 'BUY' ? qty : -qty;
    const after = plus(before.qty, change);
    this.#state.cashUsd = toUsd(minus(this.#state.cashUsd, fee));
    if (before.qty === 0 || Math.sign(before.qty) === Math.sign(change)) {
      const cost = plus(times(Math.abs(before.qty), before.entry), times(qty, price));
      this.#state.positions[symbol] = {
        qty: after,
        entry: dividedBy(cost, Math.abs(after)),
        marginUsd: toUsd(plus(before.marginUsd, dividedBy(times(qty, price), leverage))),
      };
      return;
    }
    const closed = Math.min(qty, Math.abs(before.qty));
    const profit = times(times(closed, minus(price, before.entry)), Math.sign(before.qty));
    this.#state.cashUsd = toUsd(plus(this.#state.cashUsd, profit));
    if (after === 0) delete this.#state.positions[symbol];
    else {
      const marginUsd = toUsd(dividedBy(times(before.marginUsd, Math.abs(after)), Math.abs(before.qty)));
      this.#state.positions[symbol] = { ...before, qty: after, marginUsd };
    }
  }

  #liquidate(candle: Candle): void {
    const held = this.#state.positions[candle.symbol];
    if (!held || held.qty === 0) return;
    const { maintenanceMargin, takerFee, tick } = this.instrument(candle.symbol);
    const s = Math.sign(held.qty);
    const size = Math.abs(held.qty);
    const at = (held.marginUsd - s * size * held.entry) / (size * maintenanceMargin - s * size);
    if (s > 0 ? candle.low > at : candle.high < at) return;
    const price = roundToTick(Math.max(tick, at), tick);
    const id = `liquidation-${candle.symbol}-${++this.#state.lastId}`;
    const order: Order = {
      orderId: `P${++this.#state.lastId}`,
      symbol: candle.symbol,
      side: s > 0 ? 'SELL' : 'BUY',
      qty: size,
      status: 'filled',
      reason: null,
      reduceOnly: true,
      leverage: 1,
      fills: [],
    };
    this.#state.orders[id] = order;
    this.#report(id, order, size, price, feeUsd(price, size, takerFee));
  }

  #forgetOld(): void {
    const ids = Object.keys(this.#state.orders);
    if (ids.length <= ORDERS_KEPT * 2) return;
    for (const id of ids.slice(0, ids.length - ORDERS_KEPT)) {
      if (this.#state.orders[id]?.status !== 'open') delete this.#state.orders[id];
    }
  }

  async #save(): Promise<void> {
    if (this.#saveFailed) throw this.#saveFailed;
    await this.#options.store.save(this.#state);
  }

  #saveSoon(): void {
    this.#options.store.save(this.#state).catch((error: unknown) => {
      // An exchange that cannot remember takes no further order: better none than one that is forgotten.
      this.#saveFailed = error instanceof Error ? error : new Error(String(error));
    });
  }
}
