/** Funding on the paper exchange: what is held at a funding time gets −(its sign) × size × mark × rate. */
import type { FundingPayment } from '../machines/messages.ts';
import type { FundingRates } from '../ports/funding.ts';
import { fundingUsd, plus, toUsd } from '../ports/money.ts';
import type { PaperState } from './paper-state.ts';

/** Payments that can be asked for. */
const KEPT = 200;

/** What is opened now pays from the next funding time on; funding times at which nothing was held are none. */
export function fundedFrom(state: PaperState, symbol: string, at: number): void {
  state.fundedTo[symbol] = Math.max(state.fundedTo[symbol] ?? at, at);
}

/**
 * Pays what has come due of one symbol up to `now`, into the cash and the isolated margin. The moment up to which it was paid is
 * part of the same state: an exchange that opens again pays nothing twice, and what came due while it was closed.
 * @param price the mark at those times
 */
export function payFunding(
  state: PaperState,
  rates: FundingRates,
  symbol: string,
  price: number | undefined,
  now: number,
): readonly FundingPayment[] {
  const held = state.positions[symbol];
  if (!held || price === undefined) return [];
  const paid: FundingPayment[] = [];
  for (let due = rates.after(symbol, state.fundedTo[symbol] ?? now); due.at <= now; due = rates.after(symbol, due.at)) {
    state.fundedTo[symbol] = due.at;
    const amountUsd = fundingUsd(held.qty, price, due.rate);
    state.cashUsd = toUsd(plus(state.cashUsd, amountUsd));
    held.marginUsd = Math.max(0, toUsd(plus(held.marginUsd, amountUsd)));
    paid.push({ fundingId: `FUND-${symbol}-${due.at}`, symbol, amountUsd, rate: due.rate, at: due.at });
  }
  if (paid.length > 0) state.funding = [...state.funding, ...paid].slice(-KEPT);
  return paid;
}
