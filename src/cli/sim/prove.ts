/** A run of `kintsugi sim`: seeds one after the other on all lanes, what failed cut down, what passed compared with another process. */
import { join } from 'node:path';
import type { ProcessTime } from '../../adapters/process-time.ts';
import { temporaryFolder } from '../../adapters/temporary-folder.ts';
import { writeDocument } from '../../adapters/write-document.ts';
import { type Cell, coverageOf } from '../../sim/coverage.ts';
import { FAULT_KINDS, type FaultKind } from '../../sim/fault-kinds.ts';
import { type Failed, runScripts } from '../../sim/run-scripts.ts';
import type { Script } from '../../sim/script.ts';
import { scriptText } from '../../sim/script-file.ts';
import { type Shrunk, shrinkScript } from '../../sim/shrink-script.ts';
import type { Simulator } from '../../sim/simulators.ts';
import { Tally } from '../../sim/tally.ts';
import type { Cut, Failure, Findings, Twice } from './findings.ts';
import { replayScript, replaySeed } from './replay.ts';
import { differenceIn, firstOther, tracesElsewhere } from './same-elsewhere.ts';
import type { SimWish } from './wish.ts';

/** Where a run is. */
export type Stage =
  | { readonly is: 'running'; readonly tally: Tally; readonly asked: number }
  | { readonly is: 'shrinking'; readonly runs: number; readonly most: number }
  | { readonly is: 'comparing'; readonly seeds: number };

export interface ProveParts {
  readonly simulators: readonly Simulator[];
  /** The script of a seed. */
  readonly draw: (seed: number) => Script;
  /** The script of a file, where one was given. */
  readonly given: Script | null;
  /** What these kinds of faults can meet. */
  readonly possible: (kinds: readonly FaultKind[]) => readonly Cell[];
  readonly time: ProcessTime;
  /** The command's own script, for other processes. */
  readonly entry: string;
  /** Where the script that was cut down is written. */
  readonly folder: string;
  /** Somebody wants it to end. */
  readonly stop: AbortSignal;
  readonly onStage: (stage: Stage) => void;
}

function* scriptsOf({ what }: SimWish, { draw, given }: ProveParts): Generator<Script> {
  if (what.is === 'script') {
    if (given !== null) yield given;
    return;
  }
  for (let seed = what.from; seed < what.from + what.count; seed++) yield draw(seed);
}

/** Where nothing can be written, a folder of its own has to do: the runs were not for nothing. @returns its path */
function writeScript(folder: string, { script, says }: Shrunk, law: string): string {
  const text = scriptText({ breaks: { law, says }, script });
  const name = `kintsugi-sim-${script.seed}.json`;
  try {
    writeDocument(join(folder, name), text);
    return join(folder, name);
  } catch {
    const file = join(temporaryFolder('kintsugi-sim'), name);
    writeDocument(file, text);
    return file;
  }
}

async function shrink({ script, wrong }: Failed, wish: SimWish, parts: ProveParts): Promise<Cut | null> {
  const [broken] = wrong;
  if (wish.shrinkRuns === 0 || broken === undefined || parts.stop.aborted) return null;
  const shrunk = await shrinkScript(script, broken.says, {
    law: broken.law,
    lanes: parts.simulators.map(({ simulate }) => simulate),
    maxRuns: wish.shrinkRuns,
    isStopped: () => parts.stop.aborted,
    onTrial: (runs) => parts.onStage({ is: 'shrinking', runs, most: wish.shrinkRuns }),
  });
  const file = writeScript(parts.folder, shrunk, broken.law);
  return { ...shrunk, file, replay: replayScript(file) };
}

async function twice(tally: Tally, { what, twice: which, workers }: SimWish, parts: ProveParts): Promise<Twice | null> {
  if (which === 'none' || what.is === 'script' || parts.stop.aborted) return null;
  const seeds = which === 'all' ? what : { ...what, count: 1 };
  const elsewhere = { entry: parts.entry, seeds, workers, signal: parts.stop };
  parts.onStage({ is: 'comparing', seeds: seeds.count });
  const here = tally.traces().filter(({ seed }) => seed < seeds.from + seeds.count);
  const other = firstOther(here, await tracesElsewhere(elsewhere));
  if (other === null) return { seeds: seeds.count, difference: null };
  const [simulator] = parts.simulators;
  if (simulator === undefined) throw new RangeError('there is no simulator');
  const { decided } = await simulator.keep(parts.draw(other.seed));
  return { seeds: seeds.count, difference: await differenceIn(other.seed, decided, elsewhere) };
}

/** Throws what cannot be foreseen; what was asked to end is told as far as it got. */
export async function prove(wish: SimWish, parts: ProveParts): Promise<Findings> {
  const { what } = wish;
  const { simulators, stop, time, given, onStage } = parts;
  const tally = new Tally();
  const asked = what.is === 'seeds' ? what.count : 1;
  const [failed = null, ...others] = await runScripts({
    keepGoing: wish.keepGoing,
    scripts: scriptsOf(wish, parts),
    lanes: simulators.map(({ simulate }) => simulate),
    isStopped: () => stop.aborted,
    onOutcome: (outcome) => {
      tally.add(outcome);
      onStage({ is: 'running', tally, asked });
    },
  });
  const tookSeconds = time.uptimeSeconds();
  let failure: Failure | null = null;
  if (failed !== null) {
    const replay = what.is === 'seeds' ? replaySeed(failed.script.seed, what) : replayScript(what.file);
    failure = { ...failed, replay, cut: await shrink(failed, wish, parts) };
  }
  const kinds = what.is === 'seeds' ? [...new Set(what.kinds ?? FAULT_KINDS)] : kindsIn(given);
  return {
    asked,
    tally,
    kinds,
    coverage: coverageOf(tally.met(), parts.possible(kinds)),
    failure,
    others,
    twice: failure === null ? await unlessStopped(twice(tally, wish, parts), stop) : null,
    isInterrupted: stop.aborted,
    tookSeconds,
  };
}

const kindsIn = (script: Script | null): readonly FaultKind[] =>
  FAULT_KINDS.filter((kind) => script?.faults.some((fault) => fault.kind === kind));

/** What was ended on purpose came to nothing, which is no error. */
async function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (stop.aborted) return null;
    throw error;
  }
}
