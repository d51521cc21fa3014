/**
 * The account's money against what fills and fees explain. A deposit, a withdrawal, a fee nobody told of: it is named and
 * told, and never booked, since no position is behind it.
 */
import { minus, notionalUsd, plus, pnlUsd, times, toUsd } from '../ports/money.ts';
import type { PositionBook } from './position-book.ts';

/** What is not explained and not told of: at least so much, USD, */
const TOLERATED_USD = 1;
/** this fraction of the equity, */
const OF_EQUITY = 0.0005;
/** and this fraction of what is held: its price moves on while the equity is asked for, and funding is taken for it. */
const OF_HELD = 0.01;
/** So long lies between two looks that both find it, ms. */
const LOOKED_APART_MS = 10_000;

export type PriceOf = (symbol: string) => number | null;

export interface BalanceWatch {
  /**
   * What no fill explains, in words; `null`: nothing. It must be seen twice, some time apart: money and prices are not of the same
   * moment. @param markOf at what the exchange values a symbol; where it does not say, nothing is told of the money
   */
  look(now: number, equityUsd: number, book: PositionBook, markOf: PriceOf): string | null;
  /** It was told: from now on this is the account's money. `usd` came, or went where it is negative. */
  accept(): { readonly words: string; readonly usd: number } | null;
}

/** Where others trade the same account, nothing can be told from its money. */
export const NO_BALANCE_WATCH: BalanceWatch = { look: () => null, accept: () => null };

/** @param known money without an explanation as one before us knew it; `null`: what the account has at the first look is taken for it */
export function balanceWatch(known: number | null = null): BalanceWatch {
  /** Money without an explanation when it was first looked at, or last accepted. */
  let began = known;
  let latest: { readonly unexplained: number; readonly words: string | null } | null = null;
  let doubt: { readonly at: number; readonly sign: number } | null = null;

  return {
    look: (now, equityUsd, book, markOf) => {
      let explained = plus(book.totals.netPnlUsd, book.feesElsewhereUsd);
      let held = 0;
      for (const { symbol, direction, entryPrice, qty, realisedUsd, feesUsd, fundingUsd } of book.open()) {
        const price = markOf(symbol);
        if (price === null) return null;
        const booked = plus(minus(realisedUsd, feesUsd), fundingUsd);
        explained = plus(explained, plus(booked, pnlUsd(direction, entryPrice, price, qty)));
        held = plus(held, notionalUsd(price, qty));
      }
      const unexplained = minus(equityUsd, explained);
      began ??= unexplained;
      const off = minus(unexplained, began);
      const tolerated = Math.max(TOLERATED_USD, times(equityUsd, OF_EQUITY)) + times(held, OF_HELD);
      const isOff = Math.abs(off) > tolerated;
      // What is small is taken in when nothing is held, so that it does not add up; what has been told of waits for `accept`.
      if (!isOff && held === 0) began = unexplained;
      const sign = isOff ? Math.sign(off) : 0;
      if (doubt?.sign !== sign) doubt = isOff ? { at: now, sign } : null;
      const words =
        doubt !== null && now - doubt.at >= LOOKED_APART_MS
          ? `the account has ${toUsd(Math.abs(off)).toFixed(2)} USD ${off > 0 ? 'more' : 'less'} than fills and fees explain (balance)`
          : null;
      latest = { unexplained, words };
      return words;
    },
    accept: () => {
      if (!latest?.words) return null;
      const { words, unexplained } = latest;
      const usd = toUsd(minus(unexplained, began ?? unexplained));
      began = unexplained;
      doubt = null;
      latest = null;
      return { words, usd };
    },
  };
}
