import type { Clock, TimerId } from '../../ports/clock.ts';

/** A stop that was taken, and one that has gone off, are told of at once: by then the next news of it have come, ms. */
const TOLD_WITHIN_MS = 5_000;
/** Where the exchange is behind with its news, a connection made anew for each stop would be one more burden, ms. */
const SILENT_AGAIN_MS = 60_000;

export interface StopNewsParts {
  /** Real time. */
  readonly clock: Clock;
  /** The exchange took a stop, and its news say nothing of that. */
  readonly silent: (clientOrderId: string) => void;
  /** It has gone off, and nothing is told of an order that it became. */
  readonly stuck: (clientOrderId: string) => void;
}

/**
 * Waits for the news that have to come of a stop. One that rests for days says nothing, and neither do news that have gone
 * silent: so the placing of a stop, which is told of, shows whether they speak.
 */
export class StopNews {
  readonly #parts: StopNewsParts;
  readonly #waiting = new Map<string, TimerId>();
  /** Stops that were sent, and of which the news have said nothing yet. */
  readonly #unheard = new Set<string>();
  #silentAt = Number.NEGATIVE_INFINITY;

  constructor(parts: StopNewsParts) {
    this.#parts = parts;
  }

  /** A stop is about to be sent: its news may come before its answer. */
  sending(clientOrderId: string): void {
    this.#unheard.add(clientOrderId);
  }

  /** The exchange has answered that it took it. */
  taken(clientOrderId: string): void {
    if (!this.#unheard.has(clientOrderId)) return;
    this.#wait(clientOrderId, () => {
      this.#unheard.delete(clientOrderId);
      const now = this.#parts.clock.now();
      if (now - this.#silentAt < SILENT_AGAIN_MS) return;
      this.#silentAt = now;
      this.#parts.silent(clientOrderId);
    });
  }

  /** It may not have been taken: nothing is expected of it. */
  failed(clientOrderId: string): void {
    this.#unheard.delete(clientOrderId);
  }

  heard(clientOrderId: string, status: string): void {
    this.#unheard.delete(clientOrderId);
    this.#rest(clientOrderId);
    if (status === 'TRIGGERING') this.#wait(clientOrderId, () => this.#parts.stuck(clientOrderId));
  }

  stop(): void {
    for (const id of [...this.#waiting.keys()]) this.#rest(id);
  }

  #wait(clientOrderId: string, late: () => void): void {
    this.#rest(clientOrderId);
    const timer = this.#parts.clock.setTimeout(() => {
      this.#waiting.delete(clientOrderId);
      late();
    }, TOLD_WITHIN_MS);
    this.#waiting.set(clientOrderId, timer);
  }

  #rest(clientOrderId: string): void {
    const timer = this.#waiting.get(clientOrderId);
    if (timer !== undefined) this.#parts.clock.clearTimeout(timer);
    this.#waiting.delete(clientOrderId);
  }
}
