import type { Series, TradingView } from '../../../inspector/contract.ts';
import { thin } from '../../../inspector/records/thin.ts';
import type { Position } from '../../../machines/messages.ts';
import { plus, pnlUsd, toUsd } from '../../../ports/money.ts';
import { agesOf, funnelOf } from './funnel.ts';
import { guardsTold } from './guards-told.ts';
import type { Mark, MoneyBook } from './money-book.ts';
import type { ShadowSeries } from './shadow-series.ts';
import type { KeptSignal, SignalsBook } from './signals-book.ts';
import { whyNotOf } from './why-not.ts';

export const WINDOW_MS = 86_400_000;

export interface TradingBooks {
  /** ms on the bot's clock. */
  readonly now: number;
  readonly signals: SignalsBook;
  readonly money: MoneyBook;
  readonly shadows: ShadowSeries;
  /** What the account began with; `null` where that is not known: then what was made is told instead of equity. */
  readonly startUsd: number | null;
  /** The last price of a symbol, as the feature store has it. */
  readonly priceOf: (symbol: string) => Mark | null;
  readonly verdictOf: (guard: string) => TradingView['guards'][number]['verdict'];
}

function median(spans: readonly number[]): number | null {
  const sorted = [...spans].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** The newest price that is known, from whatever record. */
function markOf(symbol: string, { priceOf, money }: Pick<TradingBooks, 'priceOf' | 'money'>): Mark | null {
  const [stored, heard] = [priceOf(symbol), money.mark(symbol)];
  if (stored === null || heard === null) return stored ?? heard;
  return stored.at >= heard.at ? stored : heard;
}

const gain = ({ direction, entryPrice, qty }: Position, mark: Mark | null): number | null =>
  mark === null ? null : pnlUsd(direction, entryPrice, mark.price, qty);

function positionsOf(books: TradingBooks): TradingView['positions'] {
  return books.money.positions().map((position) => {
    const mark = markOf(position.symbol, books);
    return {
      symbol: position.symbol,
      side: position.direction,
      strategy: position.strategy,
      qty: position.qty,
      entry: position.entryPrice,
      mark: mark?.price ?? null,
      pnl_usd: gain(position, mark),
      funding_usd: position.fundingUsd,
      leverage: position.leverage,
      liquidation: position.liquidationPrice > 0 ? position.liquidationPrice : null,
      opened_at: new Date(position.openedAt).toISOString(),
    };
  });
}

/** Equity at the last prices: what it began with, what was made, and what is held. */
function equityNow(books: TradingBooks): number {
  const held = books.money.positions().map((position) => gain(position, markOf(position.symbol, books)) ?? 0);
  return toUsd([books.money.netUsd, ...held].reduce(plus, books.startUsd ?? 0));
}

function equityOf(books: TradingBooks, from: number): { readonly equity: Series; readonly drawdown: Series } {
  const { money, startUsd, now } = books;
  const base = startUsd ?? 0;
  const points = money.equity.since(from).map(([at, value]) => [at, base + value] as const);
  const equity = [...points.filter(([at]) => at < now), [now, equityNow(books)] as const];
  let peak = Math.max(base, base + (money.peaks.since(from)[0]?.[1] ?? 0));
  const drawdown = equity.map(([at, value]) => {
    peak = Math.max(peak, value);
    return [at, peak > 0 ? Math.max(0, (peak - value) / peak) : 0] as const;
  });
  // Of what an account of unknown size made, no fraction can be told.
  return { equity, drawdown: startUsd === null ? [] : drawdown };
}

/** A cumulative series, from 0 at the beginning of the window. */
function fromZero(series: Series, from: number, now: number): Series {
  const [first] = series;
  const base = first !== undefined && first[0] <= from ? first[1] : 0;
  const points = series.map(([at, value]) => [at, value - base] as const);
  const last = points.at(-1);
  return [
    ...(first !== undefined && first[0] <= from ? [] : [[from, 0] as const]),
    ...points,
    ...(last !== undefined && last[0] < now ? [[now, last[1]] as const] : []),
  ];
}

function byState(signals: readonly KeptSignal[]): Record<string, number> {
  const states: Record<string, number> = {};
  for (const { state } of signals) states[state] = (states[state] ?? 0) + 1;
  return states;
}

/**
 * What became of the signals of the last 24 h, and of the money. Where more signals came in that time than are kept, the window
 * begins with the oldest that is kept: no figure is about signals nobody remembers.
 */
export function tradingView(books: TradingBooks): TradingView {
  const { now, signals: book, money, shadows } = books;
  const from = Math.max(now - WINDOW_MS, book.forgottenUpTo + 1);
  const signals = [...book.all()].filter(({ at }) => at >= from && at <= now);
  const closed = money.closedSince(from);
  const { equity, drawdown } = equityOf(books, from);
  const latencies = signals.flatMap(({ at, orderedAt }) => (orderedAt === null ? [] : [orderedAt - at]));
  return {
    at: now,
    window_ms: now - from,
    funnel: funnelOf(signals),
    by_state: byState(signals),
    ...agesOf(book.all(), now),
    signal_to_order_ms: median(latencies),
    equity: thin(equity),
    drawdown: thin(drawdown),
    real: thin(fromZero(money.real.since(from), from, now)),
    shadow: thin(fromZero(shadows.since(from), from, now)),
    max_drawdown: books.startUsd === null ? null : drawdown.reduce((most, [, value]) => Math.max(most, value), 0),
    positions: positionsOf(books),
    trades: {
      closed: closed.length,
      won: closed.filter(({ netUsd }) => netUsd > 0).length,
      realised_usd: toUsd(closed.reduce((sum, { netUsd }) => plus(sum, netUsd), 0)),
      fees_usd: toUsd(closed.reduce((sum, { feesUsd }) => plus(sum, feesUsd), 0)),
      funding_usd: toUsd(closed.reduce((sum, { fundingUsd }) => plus(sum, fundingUsd), 0)),
    },
    guards: guardsTold(signals, books.verdictOf),
    why_not: whyNotOf(signals),
  };
}
