import { Worker } from 'node:worker_threads';
import type { PlantedBug } from './bug.ts';
import type { SeedRun, SeedsWanted } from './seeds.ts';

/** What a hunt came to. */
export interface Catch {
  /** The law that was broken, in which seed, and what it says; `null`: the bug survived. */
  readonly caught: { readonly law: string; readonly seed: number; readonly says: string } | null;
  /** Seeds that were run, with those that break a law without the bug as well, and prove nothing. */
  readonly seeds: number;
  /** Of a survivor: in so many of them something went another way than without the bug. */
  readonly different: number | null;
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
 * Runs seeds with a bug until a law is broken in one that breaks none without it.
 * @param control what a seed comes to without the bug
 */
export async function hunt(
  bug: PlantedBug,
  { seeds, drawing }: Pick<SeedsWanted, 'seeds' | 'drawing'>,
  control: (seed: number) => Promise<SeedRun>,
): Promise<Catch> {
  const runs: SeedRun[] = [];
  const came = () => ({ seeds: runs.length, seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0) });
  while (runs.length < seeds.length) {
    runs.push(...(await runSeeds({ bug, seeds: seeds.slice(runs.length), drawing, untilBroken: true })));
    const last = runs.at(-1);
    const [broken] = last?.wrong ?? [];
    if (!last || !broken) break;
    if ((await control(last.seed)).wrong.length > 0) continue;
    return { ...came(), caught: { law: broken.law, seed: last.seed, says: broken.says }, different: null };
  }
  let different = 0;
  for (const { seed, trace } of runs) if ((await control(seed)).trace !== trace) different++;
  return { ...came(), caught: null, different };
}
