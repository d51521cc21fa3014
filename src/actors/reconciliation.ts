/** The books against the exchange, symbol by symbol. */
import type { BrokerPosition } from '../ports/broker.ts';
import { minus } from '../ports/money.ts';

/** What differs on one symbol: net quantities, short below zero. */
export interface Difference {
  readonly symbol: string;
  readonly booked: number;
  readonly held: number;
  /** `held` less `booked`. */
  readonly excess: number;
}

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
  const atBroker = new Map(held.map(({ symbol, qty }) => [symbol, qty]));
  return [...new Set([...booked.keys(), ...atBroker.keys()])]
    .filter((symbol) => !underWay.has(symbol))
    .sort()
    .map((symbol) => {
      const ours = booked.get(symbol) ?? 0;
      const theirs = atBroker.get(symbol) ?? 0;
      return { symbol, booked: ours, held: theirs, excess: minus(theirs, ours) };
    })
    .filter(({ excess }) => excess !== 0);
}

export const inWords = ({ symbol, booked, held }: Difference): string =>
  `${symbol}: the broker holds ${held}, the log says ${booked}`;
