/** A fleet's script that fails, cut down to the fewest faults and the plainest setting that break the same law. */
import { ddmin } from '../ddmin.ts';
import type { FleetScript, FleetSetting } from './fleet-script.ts';
import type { FleetOutcome } from './simulate-fleet.ts';

const PLAINER: readonly ((setting: FleetSetting) => FleetSetting)[] = [
  (setting) => ({ ...setting, drift: 0 }),
  (setting) => ({ ...setting, latencyMs: 1 }),
  (setting) => ({ ...setting, workers: Math.min(setting.workers, 2) }),
  (setting) => ({ ...setting, partitions: Math.min(setting.partitions, 2) }),
];

export interface FleetShrinking {
  /** The law that has to be broken again: another failure is another bug. */
  readonly law: string;
  readonly simulate: (script: FleetScript) => Promise<Pick<FleetOutcome, 'wrong'>>;
  readonly maxRuns: number;
  /** Once it is `true` nothing more is tried. */
  readonly isStopped: () => boolean;
}

export interface FleetShrunk {
  readonly script: FleetScript;
  readonly runs: number;
  /** Nothing more can be left out; `false`: the runs were spent before that was known. */
  readonly isMinimal: boolean;
}

const same = (a: FleetScript, b: FleetScript): boolean => JSON.stringify(a) === JSON.stringify(b);

/** @param script known to break the law */
export async function shrinkFleet(script: FleetScript, shrinking: FleetShrinking): Promise<FleetShrunk> {
  const { law, simulate, maxRuns, isStopped } = shrinking;
  let runs = 0;
  const mayTry = (): boolean => runs < maxRuns && !isStopped();
  const firstFailing = async (candidates: readonly FleetScript[]): Promise<number | null> => {
    for (const [n, candidate] of candidates.entries()) {
      if (!mayTry()) return null;
      runs++;
      const { wrong } = await simulate(candidate);
      if (wrong.some((one) => one.law === law)) return n;
    }
    return null;
  };
  let least = script;
  const take = async (candidate: FleetScript): Promise<void> => {
    if (!same(candidate, least) && (await firstFailing([candidate])) !== null) least = candidate;
  };
  for (let before: FleetScript | null = null; before === null || !same(before, least); ) {
    before = least;
    const { faults, ...rest } = least;
    const left = await ddmin(faults, (parts) => firstFailing(parts.map((part) => ({ ...rest, faults: part }))));
    least = { ...least, faults: left };
    for (const plainer of PLAINER) await take({ ...least, setting: plainer(least.setting) });
  }
  return { script: least, runs, isMinimal: mayTry() };
}
