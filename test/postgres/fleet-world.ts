/** What the workers of the fleet tests do: twelve symbols, one a partition, an idea on every bar; in the fleet runs five bars a second each. */
import type { Guard } from '../../src/actors/guards/guard.ts';
import type { Strategy } from '../../src/actors/strategies/strategy.ts';
import { partitionOf } from '../../src/cli/fleet/partitions.ts';

/** Fewer and slower in `npm test`, which has other work (vitest.config.ts). */
export const PARTITIONS = Number(process.env.FLEET_PARTITIONS ?? 12);
export const BAR_MS = Number(process.env.FLEET_BAR_MS ?? 200);
export const ACCOUNT = 'default';

/** A symbol for each of the partitions. */
export const SYMBOLS: readonly string[] = (() => {
  const bySlot = new Map<number, string>();
  for (let n = 0; bySlot.size < PARTITIONS; n++) {
    const symbol = `C${n}USDT`;
    const slot = partitionOf(ACCOUNT, symbol, PARTITIONS);
    if (!bySlot.has(slot)) bySlot.set(slot, symbol);
  }
  return [...bySlot.values()].sort();
})();

/** A strategy is quiet for so many bars after it spoke: so many, one after the other, have an idea on every bar. */
const QUIET_BARS = 15;
export const everyBar = (barMs: number): readonly Strategy[] =>
  Array.from({ length: QUIET_BARS }, (_, turn) => ({
    name: `turn ${turn}`,
    kind: 'trend',
    think: ({ symbol, at }) =>
      Math.floor(at / barMs) % QUIET_BARS === turn
        ? {
            symbol,
            direction: Math.floor(at / barMs) % 2 === 0 ? 'LONG' : 'SHORT',
            strategy: `turn ${turn}`,
            confidence: 0.9,
            reason: 'every bar',
          }
        : null,
  }));

/** One position a symbol at a time, and few enough of them that signals are the work. */
export const sparing = (barMs: number): Guard => ({
  name: 'Sparing',
  evaluate: ({ signal, openPositions, entriesUnderWay }) => ({
    guard: 'Sparing',
    passes: openPositions.length + entriesUnderWay.length === 0 && Math.floor(signal.at / (barMs * 5)) % 3 === 0,
    reason: 'one at a time, now and then',
    figures: {},
  }),
});
