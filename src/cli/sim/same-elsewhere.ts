/** The gate of determinism: seeds run once more in another process, whose time zone and language are others; their traces are equal. */
import { z } from 'zod';
import { runNode } from '../../adapters/run-node.ts';
import { drawingWords } from './replay.ts';
import type { Seeds } from './wish.ts';

/** What must not matter, and differs from most machines. */
const ELSEWHERE = { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' } as const;

export interface Traced {
  readonly seed: number;
  readonly trace: string;
}

/** Where two runs of one seed part. */
export interface Difference {
  readonly seed: number;
  /** Line of the decisions, from 1; `null` where they were the same when they were looked at. */
  readonly line: number | null;
  readonly here: string;
  readonly there: string;
}

const answer = z.object({ traces: z.array(z.object({ seed: z.number(), trace: z.string() })) });

/** Which of the seeds has another trace there, or none: the first. */
export function firstOther(here: readonly Traced[], there: readonly Traced[]): Traced | null {
  const known = new Map(there.map(({ seed, trace }) => [seed, trace]));
  return here.find(({ seed, trace }) => known.get(seed) !== trace) ?? null;
}

const END = 'nothing more';

/** The first line in which two lists of decisions differ. */
export function firstLine(here: readonly string[], there: readonly string[]): Omit<Difference, 'seed'> {
  const at = here.findIndex((line, i) => line !== there[i]);
  const line = at < 0 && there.length > here.length ? here.length : at;
  return line < 0
    ? { line: null, here: '', there: '' }
    : { line: line + 1, here: here[line] ?? END, there: there[line] ?? END };
}

export interface Elsewhere {
  /** The command's own script. */
  readonly entry: string;
  readonly seeds: Seeds;
  readonly workers: number;
  readonly signal: AbortSignal;
}

/** Runs the same seeds in another process. Rejects where that comes to nothing. */
export async function tracesElsewhere({ entry, seeds, workers, signal }: Elsewhere): Promise<readonly Traced[]> {
  const { from, count } = seeds;
  const which = ['--from', `${from}`, '--seeds', `${count}`, ...drawingWords(seeds), '--workers', `${workers}`];
  const { code, out, err } = await runNode(
    entry,
    ['sim', ...which, '--shrink', '0', '--no-twice', '--json'],
    ELSEWHERE,
    signal,
  );
  try {
    return answer.parse(JSON.parse(out)).traces;
  } catch {
    throw new Error(`the other process came to nothing (exit code ${code}): ${err.trim() || 'it said nothing'}`);
  }
}

/** Names the first thing that a seed decides otherwise in another process. */
export async function differenceIn(
  seed: number,
  decided: readonly string[],
  { entry, seeds, signal }: Elsewhere,
): Promise<Difference> {
  const args = ['sim', '--seed', `${seed}`, ...drawingWords(seeds), '--workers', '1', '--trace', '-'];
  const { code, out, err } = await runNode(entry, args, ELSEWHERE, signal);
  if (out === '') throw new Error(`the other process did not tell what it decided (exit code ${code}): ${err.trim()}`);
  return { seed, ...firstLine(decided, out.trimEnd().split('\n')) };
}
