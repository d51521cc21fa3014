/**
 * Capacity is another matter than skill: a guard that blocks because the account is full has judged the account, not the signal.
 * So the signals that nothing else stopped are replayed as one account, with places and without limits.
 */
import { drawdownUsd } from './figures.ts';
import { cents, sumOf, type Trade } from './trade.ts';

export interface PortfolioView {
  readonly trades: number;
  readonly net_usd: number;
  readonly max_drawdown_usd: number;
}
export interface Portfolio {
  readonly places: number;
  /** Signals that were approved, or blocked by nothing but guards that look at what is held. */
  readonly signals: number;
  readonly with_limits: PortfolioView;
  readonly without_limits: PortfolioView;
}

const view = (trades: readonly Trade[]): PortfolioView => ({
  trades: trades.length,
  net_usd: cents(sumOf(trades, ({ usd }) => usd)),
  max_drawdown_usd: drawdownUsd(trades),
});

/** Each signal in turn gets a place, where one is free and its symbol is not held. */
function taken(trades: readonly Trade[], places: number): readonly Trade[] {
  let held: Trade[] = [];
  return trades.filter((trade) => {
    held = held.filter(({ endedAt }) => endedAt > trade.openedAt);
    if (held.length >= places || held.some(({ symbol }) => symbol === trade.symbol)) return false;
    held.push(trade);
    return true;
  });
}

/** @param trades in the order of opening */
export function portfolioOf(trades: readonly Trade[], capacityGuards: ReadonlySet<string>, places: number): Portfolio {
  const free = trades.filter(
    ({ approved, blockedBy, foretoldBy }) =>
      approved || [...blockedBy, ...foretoldBy].every((guard) => capacityGuards.has(guard)),
  );
  return { places, signals: free.length, with_limits: view(taken(free, places)), without_limits: view(free) };
}
