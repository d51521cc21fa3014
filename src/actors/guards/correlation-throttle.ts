import type { Features } from '../../machines/messages.ts';
import { figure, type Guard, holdings, verdict } from './guard.ts';

/**
 * Blocks the same bet under another name: positions whose returns go with the signal's (correlation above the limit in the
 * same direction, or below minus the limit in the other). Where correlation cannot be known it counts as correlated.
 */
export const correlationThrottle: Guard = {
  name: 'CorrelationThrottle',
  looksAtHoldings: true,
  evaluate(context) {
    const { signal, features, limits } = context;
    const limit = limits.correlation;
    const others = holdings(context).filter(({ symbol }) => symbol !== signal.symbol);
    const alike: string[] = [];
    let highest = 0;
    for (const { symbol, direction } of others) {
      const theirs = features.get(symbol);
      const correlation = theirs ? correlationOf(signal.features, theirs, limits.barMs, limit.minBars) : null;
      if (correlation === null) {
        alike.push(`${symbol} (unknown)`);
        continue;
      }
      const together = direction === signal.direction ? correlation : -correlation;
      highest = Math.max(highest, together);
      if (together > limit.max) alike.push(`${symbol} (${correlation.toFixed(2)})`);
    }
    const breaches =
      alike.length > limit.tolerated
        ? [
            `${alike.length} positions go with ${signal.symbol} by more than ${limit.max}: ${alike.join(', ')}; at most ${limit.tolerated}`,
          ]
        : [];
    return verdict(this.name, breaches, `${alike.length} of ${others.length} other positions are correlated`, {
      correlated: alike.length,
      tolerated: limit.tolerated,
      highest: figure(highest),
      max: limit.max,
    });
  },
};

/**
 * Pearson's correlation of the returns two symbols have in common, newest aligned with newest by time. `null` when there are
 * fewer than `minBars` of them, or one of the two did not move.
 */
export function correlationOf(a: Features, b: Features, barMs: number, minBars: number): number | null {
  const skew = Math.round((a.at - b.at) / barMs);
  const endA = a.returns.length - Math.max(0, skew);
  const endB = b.returns.length - Math.max(0, -skew);
  const n = Math.min(endA, endB);
  if (n < Math.max(2, minBars)) return null;
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let i = 1; i <= n; i++) {
    const x = a.returns[endA - i] ?? 0;
    const y = b.returns[endB - i] ?? 0;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const spread = Math.sqrt((sumAA - (sumA * sumA) / n) * (sumBB - (sumB * sumB) / n));
  return spread > 0 ? (sumAB - (sumA * sumB) / n) / spread : null;
}
