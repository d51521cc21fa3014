import type { Agenda } from './agenda.ts';
import { ApiError } from './api-error.ts';
import type { Books } from './books.ts';
import type { Conditionals } from './conditionals.ts';
import type { Matching } from './matching.ts';

/** Binance's `countdownCancelAll`: cancels a symbol's orders unless it is renewed in time. */
export class DeadMan {
  readonly #books: Books;
  readonly #agenda: Agenda;
  readonly #matching: Matching;
  readonly #conditionals: Conditionals;
  /** Whether it takes stops away as well. Not known of Binance since stops moved to the algo service; the worse is assumed. */
  cancelsStops = true;
  /** Symbols whose countdown ran out, and when. */
  readonly fired: { readonly symbol: string; readonly at: number }[] = [];
  readonly #armed = new Map<string, number>();

  constructor(books: Books, agenda: Agenda, matching: Matching, conditionals: Conditionals) {
    this.#books = books;
    this.#agenda = agenda;
    this.#matching = matching;
    this.#conditionals = conditionals;
  }

  /** When each symbol's orders will be cancelled. */
  get armed(): ReadonlyMap<string, number> {
    return this.#armed;
  }

  /** @param ms 0 disarms */
  arm(symbol: string, ms: number): void {
    const name = `dead man ${symbol}`;
    if (ms === 0) {
      this.#armed.delete(symbol);
      this.#agenda.cancel(name);
      return;
    }
    const at = this.#books.now() + ms;
    this.#armed.set(symbol, at);
    this.#agenda.at(at, name, () => {
      this.#armed.delete(symbol);
      this.fired.push({ symbol, at });
      this.cancelAll(symbol);
      if (this.cancelsStops) this.cancelStops(symbol);
    });
  }

  cancelAll(symbol: string): void {
    for (const order of this.#books.orders.open(symbol)) this.#matching.cancel(order);
  }

  cancelStops(symbol: string): void {
    for (const algo of this.#books.algos.open(symbol)) {
      try {
        this.#conditionals.cancel(algo);
      } catch (error) {
        // One that is being triggered can no longer be cancelled.
        if (!(error instanceof ApiError)) throw error;
      }
    }
  }
}
