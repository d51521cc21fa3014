import type { Books } from './books.ts';
import type { Matching } from './matching.ts';
import type { Position } from './position.ts';

/** Takes positions over when their margin no longer carries them. */
export class Liquidation {
  readonly #books: Books;
  readonly #matching: Matching;

  constructor(books: Books, matching: Matching) {
    this.#books = books;
    this.#matching = matching;
  }

  moved(symbol: string): void {
    const { account } = this.#books;
    const position = account.position(symbol);
    if (position.isFlat) return;
    if (account.isIsolated(symbol)) {
      const margin = position.isolatedWallet.plus(position.unrealised(account.mark(symbol)));
      if (margin.lte(account.maintenanceMargin(position))) this.liquidate(symbol);
      return;
    }
    const margin = account.crossWallet.plus(account.unrealised(account.crossed));
    const needed = account.crossed.reduce(
      (total, held) => total.plus(account.maintenanceMargin(held)),
      margin.times(0),
    );
    if (margin.lte(needed)) for (const held of account.crossed) this.liquidate(held.symbol);
  }

  /**
   * Closes at the mark. Of an isolated position's margin nothing comes back, and nothing beyond it is lost: the insurance fund takes
   * what is left, or pays what is missing.
   */
  liquidate(symbol: string): void {
    const { account, now } = this.#books;
    const position = account.position(symbol);
    const { isolatedWallet } = position;
    const owed = this.#owed(position);
    if (!this.#matching.liquidate(symbol) || !account.isIsolated(symbol)) return;
    const income = isolatedWallet.plus(owed).negated();
    if (income.isZero()) return;
    account.ledger.add({ incomeType: 'INSURANCE_CLEAR', symbol, income, time: now(), tradeId: null });
    this.#books.tell((listener) => listener.accountChanged('INSURANCE_CLEAR', [symbol]));
  }

  /** What closing at the mark brings. */
  #owed(position: Position) {
    return position.unrealised(this.#books.account.mark(position.symbol));
  }
}
