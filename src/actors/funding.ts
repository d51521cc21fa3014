/**
 * Funding of what is held, as the exchange pays or takes it. Every payment is booked once, on the position that was held at its
 * time; whether it was heard when it was made or found afterwards comes to the same.
 */
import type { ClosedPosition, FundingPayment, Position } from '../machines/messages.ts';
import type { Habitat } from './effects.ts';
import { fundingKey, type PositionBook } from './position-book.ts';
import { ADOPTED, closedOf, stepFunding } from './position-steps.ts';

/** Binance may still charge what was opened within a minute of the funding time, ms. */
const CHARGED_WITHIN_MS = 60_000;
/** How far back payments are asked for beyond the newest that is booked: those of several symbols come in any order, ms. */
const OVERLAP_MS = 24 * 3_600_000;
/** Payments nobody told of are asked for so often, ms. */
const ASK_EVERY_MS = 600_000;

export interface FundingDesk {
  /** Books a payment, once. */
  take(payment: FundingPayment): void;
  /** Asks for the payments that nobody told of, now and then. Rejects when the broker could not be asked. */
  catchUp(): Promise<void>;
}

/** Whose payment is it? Who held the symbol at that moment, or nearly; an adopted position was held before we knew of it. */
function ownerOf({ symbol, at }: FundingPayment, book: PositionBook): Position | ClosedPosition | null {
  const closed = book.closed.filter((one) => one.symbol === symbol).reverse();
  const open = book.open().filter((one) => one.symbol === symbol);
  const heldAt = (moment: number) =>
    open.find(({ openedAt }) => openedAt <= moment) ??
    closed.find(({ openedAt, closedAt }) => openedAt <= moment && closedAt >= at);
  return heldAt(at) ?? heldAt(at + CHARGED_WITHIN_MS) ?? open.find(({ strategy }) => strategy === ADOPTED) ?? null;
}

/** @param alive is this incarnation still the one that acts? */
export function fundingDesk(
  { world, mail, history: past }: Pick<Habitat, 'world' | 'mail' | 'history'>,
  book: PositionBook,
  alive: () => boolean,
): FundingDesk {
  const { broker, clock, log, pending } = world;
  const unowned = new Set<string>();
  let askedAt = Number.NEGATIVE_INFINITY;

  const take = (payment: FundingPayment): void => {
    const { fundingId, amountUsd, symbol, at } = payment;
    if (book.knows(fundingKey(fundingId))) return;
    const owner = ownerOf(payment, book);
    if (owner === null) {
      // It is looked at again whenever payments are asked for: its position may be adopted by then.
      if (!unowned.has(fundingId)) log.warn(`${inWords(payment)}, but no position of ours was held then; not booked`);
      unowned.add(fundingId);
      return;
    }
    const position = stepFunding(owner, amountUsd, broker.instrument(symbol));
    const closed = 'closedAt' in owner ? closedOf(position, owner.closeReason, owner.closedAt) : null;
    const booking = { change: 'funding', fillId: fundingKey(fundingId), position, gate: null, at } as const;
    book.take(booking);
    past.unlogged.set(booking.fillId, { booking: { ...booking, fill: null } });
    const { signalId } = position;
    mail.post('signalBus', {
      type: 'APPEND',
      record: { event_type: 'funding_payment', signal_id: signalId, payment, position, closed },
    });
    for (const to of ['safetyLayer', 'exitGates'] as const)
      mail.post(to, { type: 'POSITION.FUNDED', payment, position });
    log.info(inWords(payment), { signal_id: signalId });
  };

  return {
    take,
    catchUp: async () => {
      const now = clock.now();
      const first = book.firstOpenedAt;
      if (first === null || now - askedAt < ASK_EVERY_MS) return;
      askedAt = now;
      const since = Math.max(first, (book.lastFundingAt ?? first) - OVERLAP_MS);
      const payments = await pending.track(broker.fundingSince(since));
      if (alive()) for (const payment of payments) take(payment);
    },
  };
}

const inWords = ({ symbol, amountUsd, rate }: FundingPayment): string => {
  const at = rate === null ? '' : ` at ${(rate * 100).toFixed(4)} %`;
  return `funding of ${symbol}: ${amountUsd < 0 ? 'paid' : 'got'} ${Math.abs(amountUsd).toFixed(4)} USD${at}`;
};
