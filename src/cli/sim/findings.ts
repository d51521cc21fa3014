/** What a run of `kintsugi sim` came to, and whether that passes. */
import type { Coverage } from '../../sim/coverage.ts';
import type { FaultKind } from '../../sim/fault-kinds.ts';
import type { Failed } from '../../sim/run-scripts.ts';
import type { Shrunk } from '../../sim/shrink-script.ts';
import type { Tally } from '../../sim/tally.ts';
import type { Difference } from './same-elsewhere.ts';

/** In so many seeds every kind of fault has to fire: what never happens proves nothing (Antithesis, "sometimes" assertions). */
export const SEEDS_FOR_ALL_KINDS = 50;

/** A failing script that was cut down, and where it was written. */
export interface Cut extends Shrunk {
  readonly file: string;
  /** The command that runs it again. */
  readonly replay: string;
}

export interface Failure extends Failed {
  /** The command that runs it again. */
  readonly replay: string;
  /** `null`: it was not cut down. */
  readonly cut: Cut | null;
}

/** Seeds that were run in another process, too. */
export interface Twice {
  readonly seeds: number;
  /** `null`: they were the same. */
  readonly difference: Difference | null;
}

export interface Findings {
  readonly asked: number;
  readonly tally: Tally;
  /** Which kinds there were to be. */
  readonly kinds: readonly FaultKind[];
  readonly coverage: Coverage;
  readonly failure: Failure | null;
  /** Seeds that failed after it. */
  readonly others: readonly Failed[];
  /** `null`: they were not run twice. */
  readonly twice: Twice | null;
  readonly isInterrupted: boolean;
  readonly tookSeconds: number;
}

/** Kinds that never fired, where there were seeds enough for all of them. */
export const unfired = ({ tally, kinds }: Pick<Findings, 'tally' | 'kinds'>): readonly FaultKind[] =>
  tally.seeds < SEEDS_FOR_ALL_KINDS ? [] : kinds.filter((kind) => !tally.faults.has(kind));

export const passes = (findings: Findings): boolean =>
  findings.failure === null &&
  !findings.isInterrupted &&
  (findings.twice?.difference ?? null) === null &&
  unfired(findings).length === 0;
