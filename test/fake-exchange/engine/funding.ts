import type { Agenda } from './agenda.ts';
import type { Books } from './books.ts';
import { type Decimal, dec, type Numeric, toUsdt } from './decimal.ts';

export interface FundingTime {
  readonly ts: number;
  /** Fraction of the notional; longs pay when it is above 0. */
  readonly rate: Numeric;
}

const HOUR = 3_600_000;

/**
 * Funding: −amt × mark × rate at the moment it is due. By a table of times and rates as recorded, or every eight hours at the rate
 * set last.
 */
export class Funding {
  readonly #books: Books;
  readonly #agenda: Agenda;
  readonly #rates = new Map<string, Decimal>();
  readonly #tables = new Map<string, readonly FundingTime[]>();
  readonly settled: { readonly symbol: string; readonly ts: number; readonly rate: Decimal; readonly mark: Decimal }[] =
    [];

  constructor(books: Books, agenda: Agenda) {
    this.#books = books;
    this.#agenda = agenda;
    for (const symbol of books.market.listings.keys()) this.#schedule(symbol);
  }

  /** The rate in force, fraction. */
  rate(symbol: string): Decimal {
    return this.#rates.get(symbol) ?? dec('0.0001');
  }

  setRate(symbol: string, rate: Numeric): void {
    this.#rates.set(symbol, dec(rate));
  }

  setTable(symbol: string, table: readonly FundingTime[]): void {
    this.#tables.set(symbol, table);
    this.#schedule(symbol);
  }

  nextTime(symbol: string): number {
    const now = this.#books.now();
    const table = this.#tables.get(symbol);
    const next = table?.find(({ ts }) => ts > now)?.ts;
    return next ?? (Math.floor(now / (8 * HOUR)) + 1) * 8 * HOUR;
  }

  /** Settles now, at the mark of now. */
  settle(symbol: string, rate: Decimal = this.rate(symbol)): void {
    const { account, now, market } = this.#books;
    const mark = account.mark(symbol);
    if (!market.quote(symbol)) return;
    this.settled.push({ symbol, ts: now(), rate, mark });
    const position = account.position(symbol);
    if (position.isFlat) return;
    const income = toUsdt(position.amt.times(mark).times(rate)).negated();
    account.ledger.add({ incomeType: 'FUNDING_FEE', symbol, income, time: now(), tradeId: null });
    const isolated = account.isIsolated(symbol);
    if (isolated) position.isolatedWallet = position.isolatedWallet.plus(income);
    this.#books.tell((listener) => listener.accountChanged('FUNDING_FEE', isolated ? [symbol] : []));
  }

  #schedule(symbol: string): void {
    const at = this.nextTime(symbol);
    this.#agenda.at(at, `funding ${symbol}`, () => {
      const recorded = this.#tables.get(symbol)?.find(({ ts }) => ts === at);
      if (recorded) this.setRate(symbol, recorded.rate);
      this.settle(symbol);
      this.#schedule(symbol);
    });
  }
}
