/** Whether every kind of fault has met every component in every state it can meet it in. */
import type { Meeting } from './outcome.ts';
import { statesIn } from './standings.ts';
import type { Met } from './tally.ts';

/** A kind of fault, a component, and a state of it. */
export type Cell = Omit<Meeting, 'verdict'>;

export interface Coverage {
  /** All that was met, and how often. */
  readonly cells: readonly Met[];
  /** Cells that can be met. */
  readonly possible: number;
  /** Cells that can be met, and were. */
  readonly met: number;
  /** Cells that can be met, and never were. */
  readonly never: readonly Cell[];
  /** Cells that were met although nobody thought that they can be: what can be met is not told rightly. */
  readonly unforeseen: readonly Met[];
}

export const sayCell = ({ fault, component, state }: Cell): string => `${fault} × ${component} in ${state}`;

/** Each state by itself: a component in which regions work side by side is met in as many states at once. */
function singly(met: readonly Met[]): readonly Met[] {
  const cells = new Map<string, Met>();
  for (const one of met)
    for (const state of statesIn(one.state)) {
      const cell = { ...one, state };
      const key = sayCell(cell);
      cells.set(key, { ...cell, times: one.times + (cells.get(key)?.times ?? 0) });
    }
  return [...cells.values()];
}

export function coverageOf(all: readonly Met[], possible: readonly Cell[]): Coverage {
  const met = singly(all);
  const known = new Set(possible.map(sayCell));
  const seen = new Set(met.map(sayCell));
  return {
    cells: met,
    possible: known.size,
    met: [...known].filter((cell) => seen.has(cell)).length,
    never: possible.filter((cell) => !seen.has(sayCell(cell))),
    unforeseen: met.filter((cell) => !known.has(sayCell(cell))),
  };
}
