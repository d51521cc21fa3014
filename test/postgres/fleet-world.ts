/** What the workers of the fleet tests do: twelve symbols, one a partition, five bars a second each, an idea on every bar. */
import { partitionOf } from '../../src/cli/fleet/partitions.ts';

export const PARTITIONS = 12;
export const BAR_MS = 200;
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
