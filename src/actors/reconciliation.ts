/** The books against the exchange: what differs, and what it is called. Pure. */
import type { Fill } from '../machines/messages.ts';
import type { BrokerPosition } from '../ports/broker.ts';
import { minus, plus } from '../ports/money.ts';

/** What is wrong with a holding, as a person would say it. */
export type DifferenceKind = 'unknown position' | 'closed elsewhere' | 'turned round' | 'more is held' | 'less is held';

/** What differs on one symbol: net quantities, short below zero. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly symbol: string;
  readonly booked: number;
  readonly held: number;
  /** `held` less `booked`. */
  readonly excess: number;
  /** The exchange's average entry, where it tells it. */
  readonly entryPrice: number | null;
  /** Where the exchange would liquidate, where it tells that. */
  readonly liquidationPrice: number | null;
}

const kindOf = (booked: number, held: number): DifferenceKind => {
  if (booked === 0) return 'unknown position';
  if (held === 0) return 'closed elsewhere';
  if (Math.sign(booked) !== Math.sign(held)) return 'turned round';
  return Math.abs(held) > Math.abs(booked) ? 'more is held' : 'less is held';
};

/**
 * @param booked net quantity per symbol by the log
 * @param underWay symbols with an order that may be filling: not to be judged now
 * @returns what differs, by symbol
 */
export function differences(
  booked: ReadonlyMap<string, number>,
  held: readonly BrokerPosition[],
  underWay: ReadonlySet<string>,
): Difference[] {
  const atBroker = new Map(held.map((position) => [position.symbol, position]));
  return [...new Set([...booked.keys(), ...atBroker.keys()])]
    .filter((symbol) => !underWay.has(symbol))
    .sort()
    .map((symbol) => {
      const ours = booked.get(symbol) ?? 0;
      const theirs = atBroker.get(symbol)?.qty ?? 0;
      return {
        kind: kindOf(ours, theirs),
        symbol,
        booked: ours,
        held: theirs,
        excess: minus(theirs, ours),
        entryPrice: atBroker.get(symbol)?.entryPrice ?? null,
        liquidationPrice: atBroker.get(symbol)?.liquidationPrice ?? null,
      };
    })
    .filter(({ excess }) => excess !== 0);
}

export const inWords = ({ kind, symbol, booked, held }: Difference): string =>
  `${symbol}: the broker holds ${held}, the log says ${booked} (${kind})`;

const signed = ({ side, qty }: Fill): number => (side === 'BUY' ? qty : -qty);

/**
 * Which of the fills that are not booked explain a difference: all of them, or the newest that add up to it (older ones may
 * be from before our books began). `null`: none do, and nothing is known but how much is held.
 * @param fills oldest first
 */
export function explaining(fills: readonly Fill[], excess: number): readonly Fill[] | null {
  if (fills.length > 0 && fills.reduce((sum, fill) => plus(sum, signed(fill)), 0) === excess) return fills;
  let sum = 0;
  for (let i = fills.length - 1; i >= 0; i--) {
    const fill = fills[i];
    if (!fill) continue;
    sum = plus(sum, signed(fill));
    if (sum === excess) return fills.slice(i);
  }
  return null;
}
