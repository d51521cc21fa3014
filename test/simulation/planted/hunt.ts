import { Worker } from 'node:worker_threads';
import type { Drawing } from '../../../src/sim/draw-script.ts';
import type { PlantedBug } from './bug.ts';
import type { SeedRun, SeedsWanted } from './seeds.ts';

/** What a hunt came to. */
export interface Catch {
  /** The law that was broken, in which seed, and what it says; `null`: the bug survived. */
  readonly caught: { readonly law: string; readonly seed: number; readonly says: string } | null;
  /** Seeds that were run. */
  readonly seeds: number;
  /** In so many of them something went another way than without the bug. */
  readonly different: number;
  /** Time of the processor, s. */
  readonly seconds: number;
}

/** No word of a thread for so long is a bot that spins: that is a catch, too, ms. */
const SPINS_AFTER_MS = 1_800_000;

/** Runs seeds in a thread of its own. Rejects where the thread could not begin; a bug may make it spin: that seed is told. */
export function runSeeds(
  wanted: SeedsWanted,
  tell: (run: SeedRun) => void = () => undefined,
): Promise<readonly SeedRun[]> {
  return new Promise((resolve, reject) => {
    const runs: SeedRun[] = [];
    const worker = new Worker(new URL('./seeds.ts', import.meta.url), { workerData: wanted });
    const spins = setTimeout(() => {
      const seed = wanted.seeds[runs.length] ?? 0;
      const says = `no end of the seed came within ${SPINS_AFTER_MS / 60_000} minutes`;
      runs.push({ seed, wrong: [{ law: 'it-ends', says }], trace: '', seconds: SPINS_AFTER_MS / 1_000 });
      void worker.terminate();
    }, SPINS_AFTER_MS);
    worker.on('message', (run: SeedRun) => {
      spins.refresh();
      runs.push(run);
      tell(run);
    });
    worker.on('error', (error) => {
      clearTimeout(spins);
      reject(error);
    });
    worker.on('exit', () => {
      clearTimeout(spins);
      resolve(runs);
    });
  });
}

/**
 * Runs seeds with a bug until a law is broken that holds in the same seed without it.
 * @param control what the seeds come to without the bug
 */
export async function hunt(bug: PlantedBug, drawing: Drawing, control: readonly SeedRun[]): Promise<Catch> {
  const sound = new Map(control.filter(({ wrong }) => wrong.length === 0).map((run) => [run.seed, run]));
  const runs = await runSeeds({ bug, seeds: [...sound.keys()], drawing, untilBroken: true });
  const last = runs.at(-1);
  const [broken] = last?.wrong ?? [];
  return {
    caught: last && broken ? { law: broken.law, seed: last.seed, says: broken.says } : null,
    seeds: runs.length,
    different: runs.filter(({ seed, trace }) => sound.get(seed)?.trace !== trace).length,
    seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
