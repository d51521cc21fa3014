import type { FaultKind } from '../../sim/fault-kinds.ts';
import { type Findings, passes, unfired } from './findings.ts';
import type { SimWish } from './wish.ts';

const HOUR_MS = 3_600_000;
const SECONDS = 100;
const rounded = (value: number): number => Math.round(value * SECONDS) / SECONDS;

/** What a run came to as one JSON document: all that people are told, and all that is counted. */
export function simDocument(findings: Findings, { what }: SimWish): Readonly<Record<string, unknown>> {
  const { tally, coverage, failure, twice, kinds, tookSeconds } = findings;
  const per = (amount: number): number => rounded(amount / Math.max(tookSeconds, 1 / SECONDS));
  const { lives, incidents, signals, fills } = tally;
  return {
    schema: 1,
    passed: passes(findings),
    interrupted: findings.isInterrupted,
    ...(what.is === 'seeds' ? { from: what.from, hours: what.hours } : { script: what.file }),
    asked: findings.asked,
    seeds: tally.seeds,
    took_s: tookSeconds,
    seeds_per_s: per(tally.seeds),
    simulated_hours: rounded(tally.simulatedMs / HOUR_MS),
    simulated_hours_per_s: per(tally.simulatedMs / HOUR_MS),
    totals: { lives, incidents, signals, fills, faults: tally.struck },
    faults: Object.fromEntries(kinds.map((kind) => [kind, tally.faults.get(kind) ?? 0])),
    never_fired: unfired(findings),
    coverage,
    matrix: tally.components().flatMap((component) =>
      kinds.flatMap((fault: FaultKind) => {
        const verdicts = tally.verdicts(component, fault);
        return verdicts === null ? [] : [{ component, fault, ...verdicts }];
      }),
    ),
    failure: failure && {
      seed: failure.script.seed,
      wrong: failure.wrong,
      replay: failure.replay,
      shrunk: failure.cut && {
        file: failure.cut.file,
        replay: failure.cut.replay,
        says: failure.cut.says,
        faults: failure.cut.script.faults.length,
        runs: failure.cut.runs,
        minimal: failure.cut.isMinimal,
        script: failure.cut.script,
      },
    },
    also_failed: findings.others.map(({ script, wrong }) => ({ seed: script.seed, wrong })),
    twice,
    traces: tally.traces(),
  };
}
