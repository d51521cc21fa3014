import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Bench, type Survey, strike } from './bench.ts';
import { CALLS, type CallName, type Fault, type Point, sayFault } from './faults.ts';
import { type Judged, judge, type Verdict } from './laws.ts';

/** One call of one workload with one fault, at every n. */
export interface Row {
  readonly workload: string;
  readonly call: CallName;
  readonly fault: Fault;
  readonly lasts: boolean;
}

export interface Tried {
  readonly point: Point;
  readonly judged: Judged;
}

/** All faults that the man pages allow, on the calls that were asked for. */
export function rowsFor(
  workload: string,
  calls: readonly CallName[],
  {
    codes,
    kills,
    lasting,
    delayMs,
  }: {
    readonly codes: readonly string[] | null;
    readonly kills: boolean;
    readonly lasting: boolean;
    readonly delayMs: number | null;
  },
): readonly Row[] {
  return calls.flatMap((call) => {
    const errors = CALLS[call].filter((code) => codes === null || codes.includes(code));
    const faults: Fault[] = [
      ...(kills ? [{ kind: 'kill' } as const] : []),
      ...errors.map((code) => ({ kind: 'error', code }) as const),
      ...(delayMs === null ? [] : [{ kind: 'delay', ms: delayMs } as const]),
    ];
    return faults.flatMap((fault) => [
      { workload, call, fault, lasts: fault.kind === 'delay' },
      ...(lasting && fault.kind === 'error' ? [{ workload, call, fault, lasts: true }] : []),
    ]);
  });
}

/** The points to be tried of a row: every n until one passes, or those of a sample. */
export interface Pace {
  /** Only so many, spread over all; `null`: every one. */
  readonly sample: number | null;
  /** Every so many-th is tried. */
  readonly step: number;
  /** This one alone. */
  readonly only: number | null;
}

/**
 * Tries a row point by point. The last of every row is the first n at which nothing is struck, so that it is known that none is left.
 * @param told each point as soon as it is judged
 */
export async function enumerate(
  bench: Bench,
  survey: Survey,
  row: Row,
  { sample, step, only }: Pace,
  told: (tried: Tried) => void,
): Promise<void> {
  const known = survey.calls.get(row.call) ?? 0;
  const one = async (at: number): Promise<Verdict> => {
    const point = { ...row, at };
    const run = await strike(bench, survey, point);
    const judged = await judge(bench, point, run);
    told({ point, judged });
    if (judged.verdict !== 'wrong' && process.env.KINTSUGI_KEEP === undefined)
      rmSync(dirname(run.dir), { recursive: true, force: true });
    return judged.verdict;
  };
  if (only !== null) {
    await one(only);
    return;
  }
  if (sample !== null) {
    const spread = Array.from(
      { length: Math.min(sample, known) },
      (_, i) => 1 + Math.floor(((i + 0.5) * known) / Math.min(sample, known)),
    );
    for (const at of spread) await one(at);
    return;
  }
  // A fault that lasts from beyond the last call on is none.
  for (let at = 1; (await one(at)) !== 'passed'; at += step) {
    if (at > known * 4 + 16)
      throw new Error(`${row.call} ${sayFault(row.fault)} in ${row.workload}: still struck at call ${at}`);
  }
}
