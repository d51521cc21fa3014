import type { Fill } from '../../machines/messages.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';
import { plus } from '../../ports/money.ts';
import type { ToldFill } from './fills.ts';

/** A fill that came before one it should follow waits this long for it; then the exchange is asked, ms. */
const PATIENCE_MS = 1_000;
/** Before an order's fills are asked for again, when they could not be had, ms. */
const AGAIN_MS = 2_000;
const MOST_AGAIN_MS = 30_000;
/** Fills, and orders, that are remembered as told. */
const FILLS_KEPT = 20_000;
const ORDERS_KEPT = 2_000;

/** An order some of whose fills are missing. */
export type Chased = Pick<Fill, 'symbol' | 'orderId' | 'clientOrderId'>;

export interface FillSequenceParts {
  readonly clock: Clock;
  readonly tell: (fill: Fill) => void;
  /** All fills of an order, as the exchange has them, oldest first. */
  readonly fetch: (order: Chased) => Promise<readonly Fill[]>;
  readonly failed: (order: Chased, error: unknown) => void;
  /** The stream has said nothing at all of an order that has filled. */
  readonly silent: (order: Chased) => void;
}

interface Told {
  /** Executed, as far as it was told. */
  qty: number;
  complete: boolean;
  /** The stream has told of it. */
  isHeard: boolean;
  readonly early: ToldFill[];
  timer: TimerId | null;
}

/**
 * Tells every fill once and those of an order in order, whatever the stream does: repeats itself, mixes up, leaves out. Each event
 * says how much of its order was executed before it, so a gap is seen, and filled from the exchange's own list.
 */
export class FillSequence {
  readonly #parts: FillSequenceParts;
  readonly #ids = new Set<string>();
  readonly #orders = new Map<string, Told>();
  #stopped = false;

  constructor(parts: FillSequenceParts) {
    this.#parts = parts;
  }

  /** A fill from the stream. */
  offer(told: ToldFill): void {
    const { fill } = told;
    if (this.#ids.has(fill.fillId)) return;
    const order = this.#orderOf(fill);
    order.isHeard = true;
    if (told.before > order.qty) {
      if (order.early.some((one) => one.fill.fillId === fill.fillId)) return;
      order.early.push(told);
      this.#chaseAfter(PATIENCE_MS, fill, order);
      return;
    }
    this.#tell(fill, order);
    this.#release(order);
  }

  /** Fills from the exchange's list, oldest first. */
  caughtUp(fills: readonly Fill[]): void {
    for (const fill of fills) if (!this.#ids.has(fill.fillId)) this.#tell(fill, this.#orderOf(fill));
    for (const fill of fills) this.#release(this.#orderOf(fill));
  }

  /** An order whose fills are to be taken from the exchange's list, not from the stream. */
  chase(order: Chased): void {
    const told = this.#orderOf(order);
    told.isHeard = true;
    this.#chaseAfter(0, order, told);
  }

  /** An order that must be filled by now: when the stream has not said so after `ms`, the exchange is asked. */
  expect(order: Chased, ms: number): void {
    const told = this.#orderOf(order);
    if (!told.complete) this.#chaseAfter(ms, order, told);
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#orders.values()) if (timer !== null) this.#parts.clock.clearTimeout(timer);
  }

  #chaseAfter(ms: number, order: Chased, told: Told, failures = 0): void {
    if (told.timer !== null || this.#stopped) return;
    told.timer = this.#parts.clock.setTimeout(() => {
      told.timer = null;
      if (told.complete && told.early.length === 0) return;
      this.#chase(order, told, failures).catch((error: unknown) => {
        this.#parts.clock.setTimeout(() => {
          throw error;
        }, 0);
      });
    }, ms);
  }

  async #chase(order: Chased, told: Told, failures: number): Promise<void> {
    let fills: readonly Fill[];
    try {
      fills = await this.#parts.fetch(order);
    } catch (error) {
      this.#parts.failed(order, error);
      this.#chaseAfter(Math.min(MOST_AGAIN_MS, AGAIN_MS * 2 ** failures), order, told, failures + 1);
      return;
    }
    if (this.#stopped) return;
    if (!told.isHeard && fills.length > 0) this.#parts.silent(order);
    for (const fill of fills) if (!this.#ids.has(fill.fillId)) this.#tell(fill, told);
    // From before our time some may have been told to somebody else.
    told.qty = fills.reduce((sum, { qty }) => plus(sum, qty), 0);
    this.#release(told);
    // The list may be behind the stream.
    if (told.early.length > 0) this.#chaseAfter(AGAIN_MS, order, told);
  }

  #release(order: Told): void {
    for (;;) {
      const next = order.early.findIndex(({ fill, before }) => before <= order.qty || this.#ids.has(fill.fillId));
      const [told] = next < 0 ? [] : order.early.splice(next, 1);
      if (!told) return;
      if (!this.#ids.has(told.fill.fillId)) this.#tell(told.fill, order);
    }
  }

  #tell(fill: Fill, order: Told): void {
    this.#ids.add(fill.fillId);
    forgetOldest(this.#ids, FILLS_KEPT);
    order.qty = plus(order.qty, fill.qty);
    order.complete ||= fill.complete;
    this.#parts.tell(fill);
  }

  #orderOf({ symbol, orderId }: Pick<Fill, 'symbol' | 'orderId'>): Told {
    const key = `${symbol} ${orderId}`;
    const known = this.#orders.get(key);
    if (known) return known;
    const order: Told = { qty: 0, complete: false, isHeard: false, early: [], timer: null };
    this.#orders.set(key, order);
    if (this.#orders.size > ORDERS_KEPT) this.#forgetOrder();
    return order;
  }

  /** The oldest of which nothing is awaited. */
  #forgetOrder(): void {
    for (const [id, { timer, early }] of this.#orders) {
      if (timer !== null || early.length > 0) continue;
      this.#orders.delete(id);
      return;
    }
  }
}

function forgetOldest(kept: Set<string>, most: number): void {
  if (kept.size <= most) return;
  for (const oldest of kept) {
    kept.delete(oldest);
    return;
  }
}
