import { idea, type Strategy } from '../../actors/strategies/strategy.ts';
import { BAR_MS } from './market.ts';

/** Bars between two ideas about a symbol. */
const EVERY_BARS = 4;

/** More of them do not fit into a run. */
export const MINDS_AT_MOST = 3;

const nameOf = (mind: number): string => (mind === 0 ? 'restless' : `restless ${mind + 1}`);

/** Has an idea about a symbol every few bars, long or short by no reason at all: so that there is always something to decide, to order and to leave. */
const restless = (name: string): Strategy => ({
  name,
  kind: 'trend',
  think(features) {
    const bar = Math.floor(features.at / BAR_MS);
    if ((bar + features.symbol.charCodeAt(0)) % EVERY_BARS !== 0) return null;
    // Fibonacci hashing: neither long nor short for long.
    const isLong = ((Math.imul(bar, 0x9e3779b1) >>> 16) & 1) === 1;
    return idea(name, features, isLong ? 'LONG' : 'SHORT', 0.6, 'some minutes have passed');
  },
});

/** One or several, who have the same ideas, each for itself. */
export const RESTLESS: readonly Strategy[] = Array.from({ length: MINDS_AT_MOST }, (_, mind) => restless(nameOf(mind)));
