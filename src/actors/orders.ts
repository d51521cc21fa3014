/** Orders from the intent to the end: which are on their way, what is known of them, and what they are called. */

import type { Fill, Intent } from '../machines/messages.ts';
import type { OrderFigures } from '../machines/trade-execution.ts';
import { plus } from '../ports/money.ts';
import { exitId, isStopId, numberIn, stopId } from './order-ids.ts';

/**
 * `writing`: the intent is not in the log yet, the order has not left. `sending`: it may have left. `awaiting`: the exchange
 * has it. `unknown`: no answer came; it is there or not. `done`: nothing of it will fill any more.
 */
export type OrderPhase = 'writing' | 'sending' | 'awaiting' | 'unknown' | 'done';

export interface Order {
  /** As it was meant; of one that rests, as the exchange lists it. */
  intent: Intent;
  phase: OrderPhase;
  /** How many changes were booked when it was meant, before it left; `null` where it was found, and left nobody knows when. */
  readonly meantAfter: number | null;
  /** When it last may have left, ms. */
  sentAt: number;
  /** Since when its end, or the news of a stop that should rest, is waited for, ms. */
  since: number;
  /** The exchange has said once that it has it: that it cannot be found then does not mean that it never came. */
  accepted: boolean;
  /** When the exchange first said that it has no such order, since it was last sent; `null`: it has not. */
  missedAt: number | null;
  /** Base units that were filled. */
  filledQty: number;
  /** The exchange is being asked about it. */
  asking: boolean;
  /** Its end was asked for last at, ms; `null`: it was not. */
  cancelledAt: number | null;
  /** The exchange has said by itself that it is no more, ms; `null`: it has not, or has taken it back since. */
  saidToEndAt: number | null;
}

/** Why the intent of an order is written that had left before. */
export const FOUND = 'found at the exchange';

/** Ended orders that are remembered, so that a late fill still finds its order. */
const ENDED_KEPT = 1_000;

const freshOrder = (intent: Intent, phase: OrderPhase, at: number, meantAfter: number | null): Order => ({
  intent,
  phase,
  meantAfter,
  sentAt: at,
  since: intent.at,
  accepted: false,
  missedAt: null,
  filledQty: 0,
  asking: false,
  cancelledAt: null,
  saidToEndAt: null,
});

/** A stop that rests: nothing is waited for. */
export const isResting = ({ intent, phase, filledQty }: Order): boolean =>
  intent.purpose === 'stop' && phase === 'awaiting' && filledQty === 0;

export class OrderDesk {
  readonly #orders = new Map<string, Order>();
  readonly #ended = new Map<string, Order>();
  /** The highest number of a signal's exits and stops. */
  readonly #numbers = { exit: new Map<string, number>(), stop: new Map<string, number>() };
  /** The names of a signal's exits and stops whose intents are in the log, or were given to the bus by us. */
  readonly #names = new Map<string, Set<string>>();

  /**
   * Puts an order on the desk. An id that is known already keeps its order: there is never a second.
   * @param meantAfter as {@link Order} has it
   */
  add(intent: Intent, phase: OrderPhase, at: number, meantAfter: number | null): Order {
    const known = this.get(intent.clientOrderId);
    if (known) return known;
    const order = freshOrder(intent, phase, at, meantAfter);
    this.#orders.set(intent.clientOrderId, order);
    if (intent.purpose !== 'entry') this.note(intent.signalId, intent.clientOrderId);
    return order;
  }

  /** The log has the intent of an exit or a stop, of which it may tell no more. */
  note(signalId: string, clientOrderId: string): void {
    const names = this.#names.get(signalId) ?? new Set();
    this.#names.set(signalId, names.add(clientOrderId));
    this.#count(signalId, isStopId(clientOrderId) ? 'stop' : 'exit', numberIn(clientOrderId));
  }

  /** Is the intent of this exit or stop in the log, or given to the bus by us? Its order may be forgotten. */
  knows({ signalId, clientOrderId }: Pick<Intent, 'signalId' | 'clientOrderId'>): boolean {
    return this.#names.get(signalId)?.has(clientOrderId) ?? false;
  }

  get(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId) ?? this.#ended.get(clientOrderId);
  }

  /**
   * Takes a fill's news: the last one ends its order. One that calls itself the last of an order of which parts are missing does
   * not: either they were never told, or the exchange gave up the rest. It is to be asked.
   */
  filled(fill: Fill): Order | undefined {
    const order = this.get(fill.clientOrderId);
    if (!order) return undefined;
    order.filledQty = plus(order.filledQty, fill.qty);
    // It has rested until now, and its end is waited for from now on.
    if (order.intent.purpose === 'stop') order.since = Math.max(order.since, fill.at);
    if (!fill.complete || order.phase === 'done') return order;
    if (order.filledQty >= order.intent.qty) this.end(order);
    else order.phase = 'unknown';
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

  /** The exchange has an order that was thought to be done. */
  revive(order: Order): void {
    const id = order.intent.clientOrderId;
    this.#ended.delete(id);
    this.#orders.set(id, order);
    order.phase = 'awaiting';
    order.accepted = true;
  }

  /** Orders that have not ended, in the order in which they came. */
  live(): Order[] {
    return [...this.#orders.values()];
  }

  /** Those of one signal and purpose. */
  openOf(signalId: string, purpose: Intent['purpose']): Order[] {
    return this.live().filter(({ intent }) => intent.signalId === signalId && intent.purpose === purpose);
  }

  /** The id of a signal's next exit, or stop. */
  nextId(signalId: string, purpose: 'exit' | 'stop'): string {
    const next = (this.#numbers[purpose].get(signalId) ?? 0) + 1;
    return purpose === 'exit' ? exitId(signalId, next) : stopId(signalId, next);
  }

  /** An order that may have left before us has this id: it is not given again. */
  pass(signalId: string, purpose: 'exit' | 'stop', clientOrderId: string): void {
    this.#count(signalId, purpose, numberIn(clientOrderId));
  }

  #count(signalId: string, purpose: 'exit' | 'stop', number: number): void {
    const numbers = this.#numbers[purpose];
    numbers.set(signalId, Math.max(numbers.get(signalId) ?? 0, number));
  }

  /** The signal has learned: no further exit will be counted. */
  forget(signalId: string): void {
    this.#numbers.exit.delete(signalId);
    this.#numbers.stop.delete(signalId);
    this.#names.delete(signalId);
  }

  figures(): OrderFigures {
    const figures = { writing: 0, sending: 0, awaiting: 0, unknown: 0, resting: 0 };
    let oldestIntentAt: number | null = null;
    for (const order of this.#orders.values()) {
      const { phase, since } = order;
      if (phase === 'done') continue;
      if (isResting(order)) {
        figures.resting++;
        continue;
      }
      figures[phase]++;
      if (phase !== 'writing') oldestIntentAt = Math.min(oldestIntentAt ?? since, since);
    }
    return { ...figures, oldestIntentAt };
  }
}
