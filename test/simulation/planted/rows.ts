import type { PlantedBug } from './bug.ts';
import type { Catch } from './hunt.ts';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const heading = `${row(['bug', 'what it does', 'caught by', 'seeds', 'seconds'])}\n${row(['---', '---', '---', '---:', '---:'])}`;

/** A line of the table. Of a survivor it says in how many seeds the bug changed anything at all. */
export function rowOf({ id, does }: PlantedBug, { caught, seeds, different, seconds }: Catch): string {
  const by = caught?.law ?? `NOBODY (it changed something in ${different} of ${seeds} seeds)`;
  return row([id, does, by, String(seeds), seconds.toFixed(1)]);
}
