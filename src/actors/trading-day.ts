/** The result of the UTC day: the equity against what there was when it began, and by the log where nobody knows that any more. */
import { minus, plus, pnlUsd, toUsd } from '../ports/money.ts';
import type { PriceOf } from './balance.ts';
import type { PositionBook } from './position-book.ts';
import { type DayBegun, dayOf } from './positions-file.ts';

export interface TradingDay {
  /** What the account had when the day began; `null`: that is not known yet. */
  readonly began: DayBegun | null;
  /** Profit since then, realised and not, USD. */
  readonly pnlUsd: number;
  /**
   * What is on record of it. `known` is what the image of the log says; of a file that is no image of it (`doubted`) a loss counts
   * all the same.
   */
  recall(on: { readonly known: DayBegun | null; readonly doubted: DayBegun | null }): void;
  /** The account has so much now, USD; `null`: it could not be asked. */
  reckon(now: number, equityUsd: number | null): void;
  /** The books agree with the exchange: what was filled while nobody ran is booked. */
  settle(now: number): void;
  /** Money that is no result came, or went where it is negative. */
  moved(usd: number): void;
}

/**
 * Results since the day began, of what was closed and of what is held, after fees and funding, USD. What a position was worth at
 * midnight is in no log: one that was open then counts from its entry, and as a loss alone, so that no loss is made up for by
 * what was won before. What has no price counts as far as it is booked.
 */
export function resultOfDay(day: string, book: PositionBook, priceOf: PriceOf): number {
  const from = Date.parse(day);
  const counted = (openedAt: number, usd: number): number => (openedAt < from ? Math.min(0, usd) : usd);
  let result = 0;
  for (const { openedAt, closedAt, netPnlUsd } of book.closed)
    if (closedAt >= from) result = plus(result, counted(openedAt, netPnlUsd));
  for (const { openedAt, symbol, direction, entryPrice, qty, realisedUsd, feesUsd, fundingUsd } of book.open()) {
    const price = priceOf(symbol);
    const unrealised = price === null ? 0 : pnlUsd(direction, entryPrice, price, qty);
    result = plus(result, counted(openedAt, plus(plus(minus(realisedUsd, feesUsd), fundingUsd), unrealised)));
  }
  return result;
}

const begun = (day: string, usd: number, money: number | null): DayBegun => ({
  day,
  usd,
  ...(money === null ? {} : { money_usd: money }),
});

export function tradingDay(book: () => PositionBook, priceOf: PriceOf): TradingDay {
  let began: DayBegun | null = null;
  let doubted: DayBegun | null = null;
  /** `began` is by the log, and is worked out anew until the books agree. */
  let isWorkedOut = false;
  let pnl = 0;
  let equity: number | null = null;
  /** What no position has brought or lost, as it was when nothing was held: a price of what is held is not to the cent. */
  let money: number | null = null;

  const workOut = (day: string, equityUsd: number): void => {
    const usd = toUsd(minus(equityUsd, resultOfDay(day, book(), priceOf)));
    began = begun(day, doubted?.day === day ? Math.max(usd, doubted.usd) : usd, money);
  };

  const tell = (): void => {
    if (equity !== null && began !== null) pnl = toUsd(minus(equity, began.usd));
  };

  return {
    get began() {
      return began;
    },
    get pnlUsd() {
      return pnl;
    },
    recall: (on) => {
      began = on.known;
      doubted = on.doubted;
    },
    reckon: (now, equityUsd) => {
      const before = equity;
      equity = equityUsd;
      if (equityUsd === null) return;
      const { openCount, totals, feesElsewhereUsd } = book();
      if (openCount === 0) money = toUsd(minus(equityUsd, plus(totals.netPnlUsd, feesElsewhereUsd)));
      const day = dayOf(now);
      if (began?.day !== day) {
        isWorkedOut = before === null;
        // Nothing was held since it was last asked, or it was asked a moment ago: that was the equity at midnight.
        if (before !== null) began = begun(day, before, money);
      }
      if (isWorkedOut) workOut(day, equityUsd);
      if (began?.money_usd === undefined && began !== null) began = begun(began.day, began.usd, money);
      tell();
    },
    settle: (now) => {
      if (!isWorkedOut || equity === null) return;
      workOut(dayOf(now), equity);
      isWorkedOut = false;
      tell();
    },
    moved: (usd) => {
      // Whether it was counted when nothing was held last, nobody knows.
      money = null;
      if (began === null) return;
      const { money_usd: had } = began;
      began = begun(began.day, toUsd(plus(began.usd, usd)), had === undefined ? null : toUsd(plus(had, usd)));
    },
  };
}
