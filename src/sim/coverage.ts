/** Whether every kind of fault has met every component in every state it can meet it in. */
import type { Meeting } from './outcome.ts';
import type { Met } from './tally.ts';

/** A kind of fault, a component, and where that stands. */
export type Cell = Omit<Meeting, 'verdict'>;

export interface Coverage {
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

export function coverageOf(met: readonly Met[], possible: readonly Cell[]): Coverage {
  const known = new Set(possible.map(sayCell));
  const seen = new Set(met.map(sayCell));
  return {
    possible: known.size,
    met: [...known].filter((cell) => seen.has(cell)).length,
    never: possible.filter((cell) => !seen.has(sayCell(cell))),
    unforeseen: met.filter((cell) => !known.has(sayCell(cell))),
  };
}
