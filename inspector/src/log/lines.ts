/** Lines of the log, newest first: a page of them at a time, and new ones as they come. */
import type { LogLine } from '../../../src/inspector/contract.ts';

export const PAGE = 200;

const keyOf = ({ at, level, message }: LogLine): string => `${at}|${level}|${message}`;

export const logAddress = (search: string, before: number | null): string => {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (search !== '') query.set('search', search);
  if (before !== null) query.set('before', String(before));
  return `api/log?${query}`;
};

/** Both, newest first, each line once. Lines of one millisecond keep their order. */
export function joined(newer: readonly LogLine[], older: readonly LogLine[]): readonly LogLine[] {
  const known = new Set(newer.map(keyOf));
  return [...newer, ...older.filter((line) => !known.has(keyOf(line)))];
}

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLine['level'][];
/** Of this level, or worse. */
export const isAtLeast = (line: LogLine, level: LogLine['level']): boolean =>
  LEVELS.indexOf(line.level) >= LEVELS.indexOf(level);

export interface Piece {
  readonly text: string;
  /** It is what is searched for. */
  readonly lit: boolean;
}

/** A message cut where it is to be lit. */
export function pieces(message: string, search: string): readonly Piece[] {
  if (search === '') return [{ text: message, lit: false }];
  const found: Piece[] = [];
  const low = message.toLowerCase();
  const wanted = search.toLowerCase();
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    found.push(
      { text: message.slice(from, at), lit: false },
      { text: message.slice(at, at + wanted.length), lit: true },
    );
    from = at + wanted.length;
  }
  return [...found, { text: message.slice(from), lit: false }].filter(({ text }) => text !== '');
}
