/** Positions, what was realised, and equity, as the fold of the event log. Sums are decimal; the curves between are not. */
import { z } from 'zod';
import { fundingKey } from '../../../actors/position-book.ts';
import type { BusRecord, FundingRecord, PositionChange } from '../../../actors/records.ts';
import { GrowingSeries } from '../../../inspector/records/thin.ts';
import type { Position } from '../../../machines/messages.ts';
import { minus, plus, toUsd } from '../../../ports/money.ts';

const closedIn = z.looseObject({
  netPnlUsd: z.number(),
  feesUsd: z.number(),
  fundingUsd: z.number().default(0),
});

export interface ClosedTrade {
  readonly signalId: string;
  readonly at: number;
  /** After fees and funding. */
  readonly netUsd: number;
  readonly feesUsd: number;
  readonly fundingUsd: number;
}
export interface Mark {
  readonly price: number;
  readonly at: number;
}

const unrealised = ({ direction, entryPrice, qty }: Position, price: number): number =>
  (price - entryPrice) * qty * (direction === 'LONG' ? 1 : -1);

const DAY_MS = 86_400_000;

export class MoneyBook {
  readonly #windowMs: number;
  readonly #open = new Map<string, Position>();
  readonly #fills = new Set<string>();
  readonly #marks = new Map<string, Mark>();
  #trades: ClosedTrade[] = [];
  #realised = 0;
  /** What all fills and funding came to, after fees: equity without what it began with and what is held. */
  netUsd = 0;
  /** Equity less what it began with, at every fill and at every price heard of what is held. */
  readonly equity: GrowingSeries;
  /** Its highest so far, whenever there was a new one. */
  readonly peaks: GrowingSeries;
  /** Realised after fees, at every closed position. */
  readonly real: GrowingSeries;
  #peak = Number.NEGATIVE_INFINITY;
  /** What equity came to last on every UTC day on which there was a point; the oldest day first. */
  readonly #days: { readonly day: number; madeUsd: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.equity = new GrowingSeries(windowMs);
    this.peaks = new GrowingSeries(windowMs);
    this.real = new GrowingSeries(windowMs);
  }

  take(record: BusRecord): void {
    if (record.event_type === 'position_change') this.#changed(record);
    else if (record.event_type === 'funding_payment') this.#funded(record);
    else if (record.event_type === 'signal_generated' && record.signal.price > 0) {
      const at = record.ts * 1000;
      this.#mark(record.signal.symbol, record.signal.price, at);
      if (this.positions().some(({ symbol }) => symbol === record.signal.symbol)) this.#point(at);
    }
  }

  /** Oldest first. */
  positions(): readonly Position[] {
    return [...this.#open.values()];
  }

  mark(symbol: string): Mark | null {
    return this.#marks.get(symbol) ?? null;
  }

  /** Positions that were closed since. */
  closedSince(from: number): readonly ClosedTrade[] {
    return this.#trades.filter(({ at }) => at >= from);
  }

  /** Equity less what it began with, as it stood when a UTC day began, ms. */
  madeBefore(began: number): number {
    return this.#days.findLast(({ day }) => day * DAY_MS < began)?.madeUsd ?? 0;
  }

  /** What was realised after fees by all that was ever closed. */
  get realisedUsd(): number {
    return this.#realised;
  }

  #mark(symbol: string, price: number, at: number): void {
    if ((this.#marks.get(symbol)?.at ?? 0) <= at) this.#marks.set(symbol, { price, at });
  }

  #changed(record: PositionChange): void {
    if (this.#fills.has(record.fill_id)) return;
    this.#fills.add(record.fill_id);
    const { position } = record;
    const at = record.ts * 1000;
    const before = this.#open.get(position.signalId);
    const gained = minus(position.realisedUsd, before?.realisedUsd ?? 0);
    const paid = minus(position.feesUsd, before?.feesUsd ?? 0);
    this.netUsd = toUsd(plus(this.netUsd, minus(gained, paid)));
    if (position.qty > 0) this.#open.set(position.signalId, position);
    else this.#open.delete(position.signalId);
    if (typeof record.fill.price === 'number') this.#mark(position.symbol, record.fill.price, at);
    const closed = closedIn.safeParse(record.closed);
    if (closed.success) this.#closed(at, position.signalId, closed.data);
    this.#point(at);
  }

  /** Where its position was closed before the payment was heard of, its result changes. */
  #funded({ payment, position, ts }: FundingRecord): void {
    const key = fundingKey(payment.fundingId);
    if (this.#fills.has(key)) return;
    this.#fills.add(key);
    const { amountUsd } = payment;
    this.netUsd = toUsd(plus(this.netUsd, amountUsd));
    if (position.qty > 0) this.#open.set(position.signalId, position);
    else {
      this.#realised = toUsd(plus(this.#realised, amountUsd));
      this.real.push(ts * 1000, this.#realised);
      this.#trades = this.#trades.map((trade) =>
        trade.signalId === position.signalId
          ? { ...trade, netUsd: plus(trade.netUsd, amountUsd), fundingUsd: plus(trade.fundingUsd, amountUsd) }
          : trade,
      );
    }
    this.#point(ts * 1000);
  }

  #closed(at: number, signalId: string, { netPnlUsd, feesUsd, fundingUsd }: z.infer<typeof closedIn>): void {
    this.#trades.push({ signalId, at, netUsd: netPnlUsd, feesUsd, fundingUsd });
    const [oldest] = this.#trades;
    if (oldest && oldest.at < at - 2 * this.#windowMs) this.#trades = [...this.closedSince(at - this.#windowMs)];
    this.#realised = toUsd(plus(this.#realised, netPnlUsd));
    this.real.push(at, this.#realised);
  }

  #point(at: number): void {
    let equity = this.netUsd;
    for (const position of this.#open.values())
      equity += unrealised(position, this.#marks.get(position.symbol)?.price ?? position.entryPrice);
    this.equity.push(at, equity);
    const day = Math.floor(at / DAY_MS);
    const last = this.#days.at(-1);
    if (last !== undefined && last.day >= day) last.madeUsd = equity;
    else this.#days.push({ day, madeUsd: equity });
    if (equity <= this.#peak) return;
    this.#peak = equity;
    this.peaks.push(at, equity);
  }
}
