/** Orders from the intent to the end: which are on their way, what is known of them, and what they are called. */

import type { Fill, Intent } from '../machines/messages.ts';
import type { OrderFigures } from '../machines/trade-execution.ts';

/**
 * `writing`: the intent is not in the log yet, the order has not left. `sending`: it may have left. `awaiting`: the exchange
 * has it. `unknown`: no answer came; it is there or not. `done`: nothing of it will fill any more.
 */
export type OrderPhase = 'writing' | 'sending' | 'awaiting' | 'unknown' | 'done';

export interface Order {
  readonly intent: Intent;
  phase: OrderPhase;
  /** When it last may have left, ms. */
  sentAt: number;
  /** Something of it was filled. */
  filled: boolean;
  /** The exchange is being asked about it. */
  asking: boolean;
}

/** Prefix of all client order ids of this bot. */
export const OURS = 'k-';
/** Prefix of the ids under which the exchange closes a position by force. */
export const LIQUIDATION = 'liquidation-';

const SIGNAL_ID = /^(.+)_(\d+)_([0-9a-f]{8})$/;

/**
 * The part of a client order id that names the signal: at most 28 characters of those exchanges allow
 * (`^[.A-Z:/a-z0-9_-]{1,36}$`). The time is in base 36.
 */
function baseOf(signalId: string): string {
  const [, symbol = '', ms = '', chance = ''] = SIGNAL_ID.exec(signalId) ?? [];
  const base = symbol ? `${symbol.slice(0, 10)}-${Number(ms).toString(36)}-${chance}` : signalId;
  return base.replace(/[^.A-Z:/a-z0-9_-]/g, '-').slice(-28);
}

export const entryId = (signalId: string): string => `${OURS}${baseOf(signalId)}-E`;
/** @param n counts the exits of a signal from 1 */
export const exitId = (signalId: string, n: number): string => `${OURS}${baseOf(signalId)}-X${n}`;

/** Ended orders that are remembered, so that a late fill still finds its order. */
const ENDED_KEPT = 1_000;

export class OrderDesk {
  readonly #orders = new Map<string, Order>();
  readonly #ended = new Map<string, Order>();
  readonly #exits = new Map<string, number>();

  /** Puts an order on the desk. An id that is known already keeps its order: there is never a second. */
  add(intent: Intent, phase: OrderPhase, at: number): Order {
    const known = this.get(intent.clientOrderId);
    if (known) return known;
    const order: Order = { intent, phase, sentAt: at, filled: false, asking: false };
    this.#orders.set(intent.clientOrderId, order);
    if (intent.purpose === 'exit') this.#exits.set(intent.signalId, (this.#exits.get(intent.signalId) ?? 0) + 1);
    return order;
  }

  get(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId) ?? this.#ended.get(clientOrderId);
  }

  /** Takes a fill's news: the last one ends its order. */
  filled(fill: Fill): Order | undefined {
    const order = this.get(fill.clientOrderId);
    if (!order) return undefined;
    order.filled = true;
    if (fill.complete) this.end(order);
    return order;
  }

  end(order: Order): void {
    order.phase = 'done';
    const id = order.intent.clientOrderId;
    if (!this.#orders.delete(id)) return;
    this.#ended.set(id, order);
    if (this.#ended.size <= ENDED_KEPT) return;
    for (const oldest of this.#ended.keys()) {
      this.#ended.delete(oldest);
      break;
    }
  }

  /** Orders that have not ended, in the order in which they came. */
  live(): Order[] {
    return [...this.#orders.values()];
  }

  liveOf(signalId: string, purpose: Intent['purpose']): Order | undefined {
    for (const order of this.#orders.values())
      if (order.intent.signalId === signalId && order.intent.purpose === purpose) return order;
    return undefined;
  }

  /** The id of a signal's next exit. */
  nextExitId(signalId: string): string {
    return exitId(signalId, (this.#exits.get(signalId) ?? 0) + 1);
  }

  /** The signal has learned: no further exit will be counted. */
  forget(signalId: string): void {
    this.#exits.delete(signalId);
  }

  figures(): OrderFigures {
    const figures = { writing: 0, sending: 0, awaiting: 0, unknown: 0 };
    let oldestIntentAt: number | null = null;
    for (const { phase, intent } of this.#orders.values()) {
      if (phase === 'done') continue;
      figures[phase]++;
      if (phase !== 'writing') oldestIntentAt = Math.min(oldestIntentAt ?? intent.at, intent.at);
    }
    return { ...figures, oldestIntentAt };
  }
}
