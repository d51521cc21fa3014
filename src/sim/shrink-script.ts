/** A script that fails, cut down to the fewest faults, the plainest setting and the shortest time that break the same law. */
import { ddmin } from './ddmin.ts';
import type { Script, Setting } from './script.ts';
import { Trials, type TrialsOptions } from './trials.ts';

const MINUTE_MS = 60_000;
/** A bar takes a minute: no price is told between two bars. */
const BARS_ALONE_MS = 60_000;

/** What makes a setting plainer, one thing at a time. */
const PLAINER: readonly ((setting: Setting) => Setting)[] = [
  (setting) => ({ ...setting, symbols: 1 }),
  (setting) => ({ ...setting, tickMs: Math.max(setting.tickMs, BARS_ALONE_MS) }),
  (setting) => ({ ...setting, stops: false }),
  (setting) => ({ ...setting, mirror: false }),
  (setting) => ({ ...setting, durability: 'synced' }),
  ({ minds: _, ...setting }) => setting,
  ({ pastBars: _, ...setting }) => setting,
];

export interface Shrunk {
  readonly script: Script;
  /** What it breaks of the law. */
  readonly says: string;
  /** Scripts that were tried. */
  readonly runs: number;
  /** Nothing more can be left out; `false`: the runs were spent before that was known. */
  readonly isMinimal: boolean;
}

const same = (a: Script, b: Script): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The end of the time with faults, as soon as the last of them is over. */
const shortened = (script: Script): Script => {
  const last = Math.max(0, ...[...script.faults, ...(script.prompts ?? [])].map(({ at }) => at));
  return { ...script, faultyMs: Math.min(script.faultyMs, last + MINUTE_MS) };
};

/**
 * @param script known to break the law of `options`
 * @param says what it breaks of it
 */
export async function shrinkScript(script: Script, says: string, options: TrialsOptions): Promise<Shrunk> {
  const trials = new Trials(options);
  let least = script;
  /** Takes the first of these that still fails. */
  const take = async (candidates: readonly Script[]): Promise<void> => {
    const news = candidates.filter((candidate) => !same(candidate, least));
    const at = await trials.firstFailing(news);
    if (at !== null) least = news[at] ?? least;
  };
  for (let before: Script | null = null; before === null || !same(before, least); ) {
    before = least;
    const { faults, ...rest } = least;
    const left = await ddmin(faults, (parts) => trials.firstFailing(parts.map((part) => ({ ...rest, faults: part }))));
    least = { ...least, faults: left };
    const { prompts = [], ...unprompted } = least;
    if (prompts.length > 0) {
      const some = await ddmin(prompts, (parts) =>
        trials.firstFailing(parts.map((part) => ({ ...unprompted, prompts: part }))),
      );
      least = some.length > 0 ? { ...unprompted, prompts: some } : unprompted;
    }
    await take([shortened(least)]);
    for (const plainer of PLAINER) await take([{ ...least, setting: plainer(least.setting) }]);
  }
  return { script: least, says: trials.says(least) ?? says, runs: trials.runs, isMinimal: trials.mayTry };
}
