import type { Decimal } from './decimal.ts';

export type IncomeType = 'REALIZED_PNL' | 'COMMISSION' | 'FUNDING_FEE' | 'INSURANCE_CLEAR' | 'TRANSFER';

/** One change of the wallet, USDT. */
export interface Income {
  readonly tranId: number;
  readonly incomeType: IncomeType;
  readonly symbol: string;
  readonly income: Decimal;
  readonly time: number;
  readonly tradeId: number | null;
}

/** The wallet as the sum of its entries: nothing else can change it. */
export class Ledger {
  readonly deposit: Decimal;
  readonly #entries: Income[] = [];
  #balance: Decimal;

  constructor(deposit: Decimal) {
    this.deposit = deposit;
    this.#balance = deposit;
  }

  get balance(): Decimal {
    return this.#balance;
  }

  get entries(): readonly Income[] {
    return this.#entries;
  }

  add(entry: Omit<Income, 'tranId'>): void {
    this.#entries.push({ tranId: 9_000_000 + this.#entries.length, ...entry });
    this.#balance = this.#balance.plus(entry.income);
  }
}
