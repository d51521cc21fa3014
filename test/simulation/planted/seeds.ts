/** In a thread of its own: runs seeds one after the other, with a bug or without, and tells what each of them came to. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Drawing } from '../../../src/sim/draw-script.ts';
import type { PlantedBug } from './bug.ts';
import { plant } from './plant.ts';

export interface SeedsWanted {
  readonly bug: PlantedBug | null;
  readonly seeds: readonly number[];
  readonly drawing: Drawing;
  /** Ends with the first seed in which a law is broken. */
  readonly untilBroken: boolean;
}

export interface SeedRun {
  readonly seed: number;
  /** What was broken; the law `it-does-not-throw` where the run ended by an error. */
  readonly wrong: readonly { readonly law: string; readonly says: string }[];
  readonly trace: string;
  /** Time of the processor, s. */
  readonly seconds: number;
}

async function run({ bug, seeds, drawing, untilBroken }: SeedsWanted, tell: (run: SeedRun) => void): Promise<void> {
  const isLoaded = bug === null ? () => true : plant(bug);
  const { drawScript } = await import('../../../src/sim/draw-script.ts');
  const { simulate } = await import('../../../src/sim/simulate.ts');
  if (!isLoaded()) throw new Error(`the planted bug ${bug?.id} shows nothing: the simulator never loads ${bug?.file}`);
  for (const seed of seeds) {
    const before = process.threadCpuUsage();
    let came: Pick<SeedRun, 'wrong' | 'trace'>;
    try {
      came = await simulate(drawScript(seed, drawing));
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      came = { wrong: [{ law: 'it-does-not-throw', says }], trace: '' };
    }
    const { user, system } = process.threadCpuUsage(before);
    tell({ seed, wrong: came.wrong, trace: came.trace, seconds: (user + system) / 1e6 });
    if (untilBroken && came.wrong.length > 0) return;
  }
}

if (parentPort) {
  const port = parentPort;
  await run(workerData as SeedsWanted, (seed) => port.postMessage(seed));
}
