/** Positions as the fold of the log: the same records in the same order always give the same book. */
import { z } from 'zod';
import type { ClosedPosition, ExitGate, Fill, Position } from '../machines/messages.ts';
import { minus, plus, toUsd } from '../ports/money.ts';
import type { Order } from './orders.ts';
import { type Change, closedOf, keepMarks } from './position-steps.ts';
import type { FundingRecord, PositionChange } from './records.ts';
import type { BookedBefore } from './retention.ts';

/** One change of one position, as the log and the messages carry it. */
export interface BookedChange {
  readonly change: Change;
  readonly fillId: string;
  /** What is held afterwards; `qty` 0 when it was closed. */
  readonly position: Position;
  /** The gate that reduced or closed it. */
  readonly gate: ExitGate | null;
  readonly at: number;
  /** What its fee was worth, where it was paid in another coin than the account's money. */
  readonly feeElsewhereUsd?: number;
}

/** Results of all positions that were closed, also of those the book no longer keeps. */
export interface Totals {
  readonly closed: number;
  readonly won: number;
  readonly netPnlUsd: number;
  readonly feesUsd: number;
  readonly fundingUsd: number;
}

/** Closed positions that are kept; the log keeps them all. */
const CLOSED_KEPT = 1_000;

/** Prefix of the ids of bookings that no fill of the exchange stands behind. */
export const RECONCILED = 'reconciled-';

const exitGate = z.enum(['liquidation', 'stop', 'trailing', 'time_stop', 'tp1', 'tp2', 'closed']);

/** Under what a payment is known: exchanges number fills and payments apart. */
export const fundingKey = (fundingId: string): string => `funding ${fundingId}`;

/** `fill` is one of ours, or what a record says of it. */
export const feeElsewhere = ({
  feeAsset,
  feeUsd,
}: Readonly<Record<string, unknown>> | Fill): Pick<BookedChange, 'feeElsewhereUsd'> =>
  typeof feeAsset === 'string' && typeof feeUsd === 'number' ? { feeElsewhereUsd: feeUsd } : {};

/** What a `position_change` or a `funding_payment` record says. */
export function changeOf(record: PositionChange | FundingRecord): BookedChange {
  if (record.event_type === 'funding_payment') {
    const { payment, position } = record;
    return { change: 'funding', fillId: fundingKey(payment.fundingId), position, gate: null, at: payment.at };
  }
  const gate = exitGate.safeParse(record.gate);
  const filledAt = record.fill.at;
  return {
    change: record.change,
    fillId: record.fill_id,
    position: record.position,
    gate: gate.success ? gate.data : null,
    at: typeof filledAt === 'number' ? filledAt : record.ts * 1000,
    ...feeElsewhere(record.fill),
  };
}

export class PositionBook {
  readonly #open = new Map<string, Position>();
  readonly #seen = new Set<string>();
  /** When each symbol was last filled, ms. */
  readonly #filledAt = new Map<string, number>();
  /** Up to when a booking without fills has counted all there were, ms of our clock, and how many changes there were with it. */
  readonly #counted = new Map<string, { readonly to: number; readonly changes: number }>();
  #closed: ClosedPosition[] = [];
  #totals: Totals = { closed: 0, won: 0, netPnlUsd: 0, feesUsd: 0, fundingUsd: 0 };
  #feesElsewhereUsd = 0;
  #firstOpenedAt: number | null = null;
  #lastFundingAt: number | null = null;

  /** A change of a position that is closed, and of which no more is kept than that it was booked. */
  remember({ fill_id, symbol, funding, opened_at, at, fee_elsewhere_usd }: BookedBefore): void {
    if (!this.#seen.has(fill_id)) this.#note(fill_id, symbol, funding, opened_at, at, fee_elsewhere_usd);
  }

  #note(fillId: string, symbol: string, isFunding: boolean, openedAt: number, at: number, feeElsewhereUsd = 0): void {
    this.#seen.add(fillId);
    if (feeElsewhereUsd !== 0) this.#feesElsewhereUsd = toUsd(plus(this.#feesElsewhereUsd, feeElsewhereUsd));
    this.#firstOpenedAt = Math.min(this.#firstOpenedAt ?? openedAt, openedAt);
    if (isFunding) this.#lastFundingAt = Math.max(this.#lastFundingAt ?? at, at);
    else this.#filled(symbol, fillId, at);
  }

  /** @returns the closed position, if it closed one; `null` otherwise; `'known'` when this fill was booked before */
  take({ change, fillId, position, gate, at, feeElsewhereUsd }: BookedChange): ClosedPosition | null | 'known' {
    if (this.#seen.has(fillId)) return 'known';
    this.#note(fillId, position.symbol, change === 'funding', position.openedAt, at, feeElsewhereUsd);
    if (change === 'funding' && position.qty === 0) return this.#fundClosed(position);
    const marked = keepMarks(this.#open.get(position.signalId), position);
    if (position.qty > 0) {
      this.#open.set(position.signalId, marked);
      return null;
    }
    this.#open.delete(position.signalId);
    const closed = closedOf(marked, gate ?? 'closed', at);
    this.#closed.push(closed);
    if (this.#closed.length > CLOSED_KEPT * 1.1) this.#closed = this.#closed.slice(-CLOSED_KEPT);
    this.#totals = {
      closed: this.#totals.closed + 1,
      won: this.#totals.won + (closed.netPnlUsd > 0 ? 1 : 0),
      netPnlUsd: toUsd(plus(this.#totals.netPnlUsd, closed.netPnlUsd)),
      feesUsd: toUsd(plus(this.#totals.feesUsd, closed.feesUsd)),
      fundingUsd: toUsd(plus(this.#totals.fundingUsd, closed.fundingUsd)),
    };
    return closed;
  }

  #filled(symbol: string, fillId: string, at: number): void {
    this.#filledAt.set(symbol, Math.max(at, this.#filledAt.get(symbol) ?? at));
    if (!fillId.startsWith(RECONCILED)) return;
    this.#counted.set(symbol, { to: Math.max(at, this.#counted.get(symbol)?.to ?? at), changes: this.changes });
  }

  /** Funding that was heard of when its position had been closed already. */
  #fundClosed(position: Position): ClosedPosition | null {
    const place = this.#closed.findLastIndex(({ signalId }) => signalId === position.signalId);
    const before = this.#closed[place];
    if (!before) return null;
    const closed = closedOf(position, before.closeReason, before.closedAt);
    this.#closed = this.#closed.with(place, closed);
    const { won, netPnlUsd, fundingUsd } = this.#totals;
    this.#totals = {
      ...this.#totals,
      won: won + Number(closed.netPnlUsd > 0) - Number(before.netPnlUsd > 0),
      netPnlUsd: toUsd(plus(netPnlUsd, minus(closed.netPnlUsd, before.netPnlUsd))),
      fundingUsd: toUsd(plus(fundingUsd, minus(closed.fundingUsd, before.fundingUsd))),
    };
    return closed;
  }

  /** When the first position of all was opened, ms, and the funding time of the newest payment booked. */
  get firstOpenedAt(): number | null {
    return this.#firstOpenedAt;
  }

  get lastFundingAt(): number | null {
    return this.#lastFundingAt;
  }

  /**
   * Peaks, troughs and stops have moved. Positions that are not held are ignored.
   * @returns those of which more was known: whoever told it has lost some of their marks
   */
  mark(positions: readonly Position[]): readonly Position[] {
    return positions.flatMap((told) => {
      const known = this.#open.get(told.signalId);
      if (!known) return [];
      const marked = keepMarks(told, known);
      this.#open.set(told.signalId, marked);
      const isSame = (['peakPrice', 'troughPrice', 'stopPrice'] as const).every((one) => marked[one] === told[one]);
      return isSame ? [] : [marked];
    });
  }

  /** Was this fill booked? */
  knows(fillId: string): boolean {
    return this.#seen.has(fillId);
  }

  /**
   * Was this fill counted in a booking of all that was held, although it was not known by itself? Its time is of the exchange's clock
   * and the booking's of ours, which may be ahead: what fills an order that was meant after the booking is not asked for its time.
   */
  hasCounted({ symbol, at }: Pick<Fill, 'symbol' | 'at'>, order: Pick<Order, 'meantAfter'> | undefined): boolean {
    const counted = this.#counted.get(symbol);
    if (!counted || at > counted.to) return false;
    return order?.meantAfter == null || order.meantAfter < counted.changes;
  }

  /** When a symbol was last filled, ms; `null`: never. */
  lastFilledAt(symbol: string): number | null {
    return this.#filledAt.get(symbol) ?? null;
  }

  /** Does this book contain every change of the other? */
  contains(other: PositionBook): boolean {
    for (const fillId of other.#seen) if (!this.#seen.has(fillId)) return false;
    return true;
  }

  /** How many changes were booked. */
  get changes(): number {
    return this.#seen.size;
  }

  get(signalId: string): Position | null {
    return this.#open.get(signalId) ?? null;
  }

  /** Oldest first; a fresh array. */
  open(): Position[] {
    return [...this.#open.values()];
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** The oldest position on a symbol. */
  on(symbol: string): Position | null {
    for (const position of this.#open.values()) if (position.symbol === symbol) return position;
    return null;
  }

  /** The last ones, oldest first. */
  get closed(): readonly ClosedPosition[] {
    return this.#closed.slice(-CLOSED_KEPT);
  }

  /** Fees of all changes that are counted in the results and never left the account's money: they were paid in another coin. */
  get feesElsewhereUsd(): number {
    return this.#feesElsewhereUsd;
  }

  get totals(): Totals {
    return this.#totals;
  }

  /** Net quantity per symbol, short below zero; flat symbols are not listed. */
  net(): Map<string, number> {
    const net = new Map<string, number>();
    for (const { symbol, direction, qty } of this.#open.values())
      net.set(symbol, plus(net.get(symbol) ?? 0, direction === 'LONG' ? qty : -qty));
    for (const [symbol, qty] of net) if (qty === 0) net.delete(symbol);
    return net;
  }
}
