/**
 * An exchange in this process that does what a script says: answers and news get lost, come twice, late or in another order, and
 * queries fail. As at Binance, a client order id is unique among open orders only. It counts what nobody may do wrong: how often
 * an id was executed, and how long a holding was without a stop.
 */
import { instrumentOf } from '../../src/adapters/instruments.ts';
import type { Fill, FundingPayment, Intent } from '../../src/machines/messages.ts';
import {
  type Broker,
  type BrokerPosition,
  type OrderFate,
  type OrderName,
  OrderRejected,
  OrderTurnedAway,
  type RestingOrder,
  StopWouldTrigger,
} from '../../src/ports/broker.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { feeUsd, floorToLot, minus, plus, pnlUsd } from '../../src/ports/money.ts';

/** `late`: no answer, and it arrives some seconds later. */
export type SubmitScript = 'ok' | 'lost' | 'answer lost' | 'late' | 'refuse' | 'turn away';
export type NewsScript = 'ok' | 'lost' | 'twice' | 'late';
export type Query = 'fate' | 'resting' | 'positions' | 'fillsSince' | 'equityUsd' | 'cancel';

export interface Script {
  submit: (intent: Intent) => SubmitScript;
  news: (fill: Fill) => NewsScript;
  fails: (query: Query) => boolean;
  /** Into how many parts an order at the market is filled; what is left of the last one, and of a stop, stays open where it is 'stuck'. */
  parts: (intent: Intent) => 1 | 2 | 'stuck';
}

const CALM: Script = { submit: () => 'ok', news: () => 'ok', fails: () => false, parts: () => 1 };
const FILL_AFTER_MS = 100;
const LATE_MS = 3_000;

interface Taken {
  readonly intent: Intent;
  readonly orderId: string;
  status: 'open' | 'filled' | 'cancelled';
  readonly fills: Fill[];
}

export class ScriptedExchange implements Broker {
  script: Script = { ...CALM };
  readonly executions = new Map<string, number>();
  readonly submitted: Intent[] = [];
  /** The longest a symbol's holding was not covered by stops, ms. */
  longestBareMs = 0;
  readonly #clock: () => Clock;
  /** By how much the times of its fills are behind our clock, ms. */
  behindMs = 0;
  /** Another coin that fees are paid in, and at what rate; `null`: in the account's money, at the taker's. */
  fees: { readonly asset: string; readonly rate: number } | null = null;
  readonly #prices: Map<string, number>;
  readonly #orders: Taken[] = [];
  readonly #positions = new Map<string, { qty: number; entry: number }>();
  readonly #foreign: RestingOrder[] = [];
  readonly #bareSince = new Map<string, number>();
  readonly #fills: Fill[] = [];
  readonly #fillListeners = new Set<(fill: Fill) => void>();
  readonly #fundingListeners = new Set<(payment: FundingPayment) => void>();
  readonly #payments: FundingPayment[] = [];
  readonly #endListeners = new Set<(clientOrderId: string) => void>();
  readonly #doubtListeners = new Set<(why: string) => void>();
  #cash = 10_000;
  #lastId = 0;

  constructor(clock: () => Clock, prices: Readonly<Record<string, number>>) {
    this.#clock = clock;
    this.#prices = new Map(Object.entries(prices));
  }

  /** Everything goes well from now on. */
  calm(): void {
    this.script = { ...CALM };
  }

  price(symbol: string, price: number): void {
    this.#prices.set(symbol, price);
    for (const order of [...this.#orders]) {
      const { stopPrice, side } = order.intent;
      if (order.status !== 'open' || stopPrice === null || order.intent.symbol !== symbol) continue;
      if (side === 'SELL' ? price > stopPrice : price < stopPrice) continue;
      const isStuck = this.script.parts(order.intent) === 'stuck';
      this.#execute(order, isStuck ? this.#halfOf(order.intent) : order.intent.qty, !isStuck);
    }
  }

  /** Somebody trades by hand on the same account. */
  byHand(symbol: string, side: Fill['side'], qty: number): Fill {
    return this.#fill({ symbol, side, clientOrderId: '', orderId: `H${++this.#lastId}` }, qty, true);
  }

  /** Somebody places an order by hand, or another life of ours left one. */
  rest(order: Omit<RestingOrder, 'orderId'>): RestingOrder {
    const made = { ...order, orderId: `H${++this.#lastId}` };
    this.#foreign.push(made);
    return made;
  }

  /** The exchange ends an order by itself; the news of that may get lost. */
  expire(clientOrderId: string, news: 'told' | 'lost' = 'told'): void {
    const order = this.#open(clientOrderId);
    if (order) order.status = 'cancelled';
    this.#watchCover();
    if (news === 'told') for (const listener of [...this.#endListeners]) listener(clientOrderId);
  }

  onFunding(listener: (payment: FundingPayment) => void): () => void {
    this.#fundingListeners.add(listener);
    return () => this.#fundingListeners.delete(listener);
  }

  async fundingSince(since: number): Promise<readonly FundingPayment[]> {
    return this.#payments.filter(({ at }) => at >= since);
  }

  /** Takes or gives funding now. */
  fund(symbol: string, amountUsd: number): FundingPayment {
    const at = this.#clock().now();
    const payment = { fundingId: `T${++this.#lastId}`, symbol, amountUsd, rate: null, at };
    this.#cash = plus(this.#cash, amountUsd);
    this.#payments.push(payment);
    for (const listener of [...this.#fundingListeners]) listener(payment);
    return payment;
  }

  doubt(why: string): void {
    for (const listener of [...this.#doubtListeners]) listener(why);
  }

  deposit(usd: number): void {
    this.#cash = plus(this.#cash, usd);
  }

  net(): Map<string, number> {
    return new Map([...this.#positions].map(([symbol, { qty }]) => [symbol, qty]));
  }

  openStops(): Intent[] {
    return this.#orders.flatMap(({ status, intent }) =>
      status === 'open' && intent.purpose === 'stop' ? [intent] : [],
    );
  }

  /** Also what is bare now counts. */
  bareMs(): number {
    this.#watchCover();
    return this.longestBareMs;
  }

  instrument(symbol: string) {
    return instrumentOf(symbol);
  }

  async submit(intent: Intent): Promise<{ orderId: string }> {
    this.submitted.push(intent);
    const script = this.script.submit(intent);
    if (script === 'lost') throw new Error('timed out');
    if (script === 'late') {
      this.#clock().setTimeout(() => {
        if (!this.#open(intent.clientOrderId) && this.#refusal(intent) === null) this.#take(intent);
      }, LATE_MS);
      throw new Error('timed out');
    }
    // That an id is taken says nothing of what became of its order.
    if (this.#open(intent.clientOrderId)) throw new Error('the client order id is taken');
    const refusal =
      script === 'refuse' ? new OrderRejected(intent.clientOrderId, 'too many stops') : this.#refusal(intent);
    if (refusal) throw refusal;
    if (script === 'turn away') throw new OrderTurnedAway(intent.clientOrderId, 'too many requests');
    const { orderId } = this.#take(intent);
    if (script === 'answer lost') throw new Error('timed out');
    return { orderId };
  }

  async fate({ clientOrderId }: OrderName): Promise<OrderFate> {
    this.#query('fate');
    const order = this.#orders.findLast(({ intent }) => intent.clientOrderId === clientOrderId);
    return order ? { status: order.status, fills: [...order.fills] } : { status: 'never-received' };
  }

  async cancel({ clientOrderId }: OrderName): Promise<void> {
    this.#query('cancel');
    const order = this.#open(clientOrderId);
    if (order) order.status = 'cancelled';
    const at = this.#foreign.findIndex((resting) => resting.clientOrderId === clientOrderId);
    if (at >= 0) this.#foreign.splice(at, 1);
    this.#watchCover();
  }

  async resting(): Promise<readonly RestingOrder[]> {
    this.#query('resting');
    const ours = this.#orders.flatMap(({ status, intent, orderId, fills }) => {
      const { clientOrderId, symbol, purpose, side, reduceOnly, stopPrice } = intent;
      const qty = fills.reduce((left, fill) => minus(left, fill.qty), intent.qty);
      return status === 'open' ? [{ clientOrderId, orderId, symbol, purpose, side, qty, reduceOnly, stopPrice }] : [];
    });
    return [...ours, ...this.#foreign];
  }

  async fillsSince(symbol: string, since: number): Promise<readonly Fill[]> {
    this.#query('fillsSince');
    return this.#fills.filter((fill) => fill.symbol === symbol && fill.at >= since);
  }

  async positions(): Promise<readonly BrokerPosition[]> {
    this.#query('positions');
    return [...this.#positions].map(([symbol, { qty, entry }]) => ({
      symbol,
      qty,
      entryPrice: entry,
      liquidationPrice: null,
      markPrice: this.#prices.get(symbol) ?? null,
    }));
  }

  async equityUsd(): Promise<number> {
    this.#query('equityUsd');
    let equity = this.#cash;
    for (const [symbol, { qty, entry }] of this.#positions)
      equity = plus(equity, pnlUsd(qty > 0 ? 'LONG' : 'SHORT', entry, this.#priceOf(symbol), Math.abs(qty)));
    return equity;
  }

  onFill(listener: (fill: Fill) => void): () => void {
    this.#fillListeners.add(listener);
    return () => this.#fillListeners.delete(listener);
  }

  onEnded(listener: (clientOrderId: string) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  onDoubt(listener: (why: string) => void): () => void {
    this.#doubtListeners.add(listener);
    return () => this.#doubtListeners.delete(listener);
  }

  #query(query: Query): void {
    if (this.script.fails(query)) throw new Error(`${query} timed out`);
  }

  #priceOf(symbol: string): number {
    const price = this.#prices.get(symbol);
    if (price === undefined) throw new Error(`the test gave no price of ${symbol}`);
    return price;
  }

  #open(clientOrderId: string): Taken | undefined {
    return this.#orders.find(({ status, intent }) => status === 'open' && intent.clientOrderId === clientOrderId);
  }

  #closable(symbol: string, side: Fill['side']): number {
    const qty = this.#positions.get(symbol)?.qty ?? 0;
    return Math.max(0, side === 'SELL' ? qty : -qty);
  }

  #refusal({ clientOrderId, symbol, side, stopPrice, reduceOnly }: Intent): OrderRejected | null {
    const price = this.#priceOf(symbol);
    if (reduceOnly && this.#closable(symbol, side) === 0) return new OrderRejected(clientOrderId, 'nothing to reduce');
    if (stopPrice !== null && (side === 'SELL' ? price <= stopPrice : price >= stopPrice))
      return new StopWouldTrigger(clientOrderId, 'it would go off at once');
    return null;
  }

  #take(intent: Intent): Taken {
    const order: Taken = { intent, orderId: `O${++this.#lastId}`, status: 'open', fills: [] };
    this.#orders.push(order);
    this.#watchCover();
    if (intent.stopPrice !== null) return order;
    const parts = this.script.parts(intent);
    const half = this.#halfOf(intent);
    const first = parts === 1 || half === 0 ? intent.qty : half;
    this.#clock().setTimeout(() => this.#execute(order, first, first === intent.qty), FILL_AFTER_MS);
    if (first !== intent.qty && parts === 2)
      this.#clock().setTimeout(() => this.#execute(order, minus(intent.qty, first), true), FILL_AFTER_MS * 2);
    return order;
  }

  #halfOf({ symbol, qty }: Intent): number {
    return floorToLot(qty / 2, this.instrument(symbol).lot);
  }

  #execute(order: Taken, wanted: number, last: boolean): void {
    if (order.status !== 'open') return;
    const { symbol, side, reduceOnly, clientOrderId } = order.intent;
    const qty = reduceOnly ? Math.min(wanted, this.#closable(symbol, side)) : wanted;
    const complete = last || qty < wanted;
    if (complete) order.status = qty < wanted || qty === 0 ? 'cancelled' : 'filled';
    if (qty === 0) return;
    if (order.fills.length === 0) this.executions.set(clientOrderId, (this.executions.get(clientOrderId) ?? 0) + 1);
    order.fills.push(this.#fill({ symbol, side, clientOrderId, orderId: order.orderId }, qty, complete));
  }

  #fill(of: Pick<Fill, 'symbol' | 'side' | 'clientOrderId' | 'orderId'>, qty: number, complete: boolean): Fill {
    const price = this.#priceOf(of.symbol);
    const fee = feeUsd(price, qty, this.fees?.rate ?? this.instrument(of.symbol).takerFee);
    const paid = this.fees ? { feeUsd: fee, feeAsset: this.fees.asset } : { feeUsd: fee };
    const fillId = `F${++this.#lastId}`;
    const fill: Fill = { ...of, fillId, qty, price, ...paid, complete, at: this.#clock().now() - this.behindMs };
    this.#fills.push(fill);
    this.#book(fill);
    this.#watchCover();
    this.#tell(fill);
    return fill;
  }

  #book({ symbol, side, qty, price, feeUsd: fee, feeAsset }: Fill): void {
    const held = this.#positions.get(symbol) ?? { qty: 0, entry: price };
    const closing = Math.min(qty, this.#closable(symbol, side));
    const profit = closing > 0 ? pnlUsd(held.qty > 0 ? 'LONG' : 'SHORT', held.entry, price, closing) : 0;
    this.#cash = minus(plus(this.#cash, profit), feeAsset === undefined ? fee : 0);
    const after = plus(held.qty, side === 'BUY' ? qty : -qty);
    if (after === 0) {
      this.#positions.delete(symbol);
      return;
    }
    const turned = held.qty !== 0 && Math.sign(after) !== Math.sign(held.qty);
    const grown = Math.abs(after) > Math.abs(held.qty);
    const cost = Math.abs(held.qty) * held.entry + (Math.abs(after) - Math.abs(held.qty)) * price;
    const entry = turned || held.qty === 0 ? price : grown ? cost / Math.abs(after) : held.entry;
    this.#positions.set(symbol, { qty: after, entry });
  }

  #tell(fill: Fill): void {
    const tell = () => {
      for (const listener of [...this.#fillListeners]) listener(fill);
    };
    const script = this.script.news(fill);
    if (script === 'lost') return;
    this.#clock().setTimeout(tell, script === 'late' ? LATE_MS : 0);
    if (script === 'twice') this.#clock().setTimeout(tell, 50);
  }

  /** To be called at every change of what is held and what rests. */
  #watchCover(): void {
    const now = this.#clock().now();
    for (const symbol of this.#prices.keys()) {
      const since = this.#bareSince.get(symbol);
      if (since !== undefined) this.longestBareMs = Math.max(this.longestBareMs, now - since);
      const qty = this.#positions.get(symbol)?.qty ?? 0;
      const side = qty > 0 ? 'SELL' : 'BUY';
      const cover = this.openStops()
        .filter((stop) => stop.symbol === symbol && stop.side === side)
        .reduce((sum, stop) => plus(sum, stop.qty), 0);
      if (cover >= Math.abs(qty)) this.#bareSince.delete(symbol);
      else if (since === undefined) this.#bareSince.set(symbol, now);
    }
  }
}
