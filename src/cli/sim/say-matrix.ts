/** The fault matrix as a table that a person can read: components by kinds of fault, and how their meetings ended. */
import { stripVTControlCharacters } from 'node:util';
import type { FaultKind } from '../../sim/fault-kinds.ts';
import type { Tally, Verdicts } from '../../sim/tally.ts';
import { style, table } from '../terminal.ts';

/** What a cell's signs mean. */
export const MATRIX_KEY = '✔ healed, ○ safe: nothing broke, ✖ red, and somebody was told';
const NEVER = '·';
const GAP = 2;

function cellOf(verdicts: Verdicts | null): string {
  if (verdicts === null) return style('dim', NEVER);
  const parts = [
    verdicts.healed > 0 ? style('green', `${verdicts.healed}✔`) : '',
    verdicts.safe > 0 ? `${verdicts.safe}○` : '',
    verdicts.red > 0 ? style('red', `${verdicts.red}✖`) : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;

/**
 * @param width columns of the terminal: kinds that have no room go into another table below
 * @returns tables, one below the other
 */
export function matrixTables(tally: Tally, kinds: readonly FaultKind[], width: number): readonly string[] {
  const components = tally.components();
  const columns = kinds.map((kind) => [
    kind,
    ...components.map((component) => cellOf(tally.verdicts(component, kind))),
  ]);
  const names = ['', ...components];
  const room = width - Math.max(...names.map(widthOf));
  const tables: string[][][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const column of columns) {
    const wide = GAP + Math.max(...column.map(widthOf));
    if (used + wide > room) {
      tables.push([names]);
      used = 0;
    }
    tables.at(-1)?.push(column);
    used += wide;
  }
  return tables.map((parts) => table(names.map((_, row) => parts.map((column) => column[row] ?? ''))));
}
