/** What Stryker wrote, as `mutation-testing-report-schema` has it, and what it comes to. */
import { existsSync, readFileSync } from 'node:fs';

interface Place {
  readonly line: number;
  readonly column: number;
}
export interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status:
    | 'Killed'
    | 'Survived'
    | 'NoCoverage'
    | 'Timeout'
    | 'RuntimeError'
    | 'CompileError'
    | 'Ignored'
    | 'Pending';
  readonly location: { readonly start: Place; readonly end: Place };
}
export interface MutatedFile {
  readonly source: string;
  readonly mutants: readonly Mutant[];
}
export type Results = Readonly<Record<string, MutatedFile>>;

export const readResults = (path: string): Results =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { files: Results }).files : {};

/** A change that no test noticed, in words that outlive a move of its line. */
export interface Survivor {
  readonly file: string;
  /** The line it begins in. */
  readonly line: string;
  readonly was: string;
  readonly becomes: string;
}

const LONGEST = 160;
const plain = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, LONGEST);

/** Lines and columns count from 1. */
const offsetOf = (lines: readonly string[], { line, column }: Place): number =>
  lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;

export function survivorsIn(file: string, { source, mutants }: MutatedFile): readonly (Survivor & { at: number })[] {
  const lines = source.split('\n');
  return mutants
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map(({ location: { start, end }, replacement }) => ({
      file,
      line: plain(lines[start.line - 1] ?? ''),
      was: plain(source.slice(offsetOf(lines, start), offsetOf(lines, end))),
      becomes: plain(replacement ?? ''),
      at: start.line,
    }));
}

export interface Score {
  readonly killed: number;
  readonly timeout: number;
  readonly survived: number;
  readonly uncovered: number;
  /** Changes that could not be judged: the runner failed. */
  readonly broken: number;
}

export function scoreOf(mutants: readonly Mutant[]): Score {
  const count = (...statuses: readonly Mutant['status'][]): number =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  return {
    killed: count('Killed'),
    timeout: count('Timeout'),
    survived: count('Survived'),
    uncovered: count('NoCoverage'),
    broken: count('RuntimeError', 'CompileError', 'Pending'),
  };
}

/** Of all changes, those that a test noticed, in percent; 100 of none. One that could not be judged was not noticed. */
export function percentOf({ killed, timeout, survived, uncovered, broken }: Score): number {
  const all = killed + timeout + survived + uncovered + broken;
  return all === 0 ? 100 : ((killed + timeout) / all) * 100;
}
