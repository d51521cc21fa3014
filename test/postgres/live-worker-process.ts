/**
 * `kintsugi worker --live` with an idea on every bar, one position a symbol.
 * `node live-worker-process.ts FLAGS`: as JSON, as commander would hand them over.
 */
import type { Guard } from '../../src/actors/guards/guard.ts';
import { type WorkerFlags, worker } from '../../src/cli/commands/worker.ts';
import { everyBar } from './fleet-world.ts';

const MINUTE = 60_000;
const oneAtATime: Guard = {
  name: 'One at a time',
  evaluate: ({ openPositions, entriesUnderWay }) => ({
    ...{ guard: 'One at a time', reason: 'one at a time', figures: {} },
    passes: openPositions.length + entriesUnderWay.length === 0,
  }),
};

const flags = JSON.parse(process.argv[2] ?? '{}') as WorkerFlags;
try {
  process.exitCode = await worker(flags, { strategies: everyBar(MINUTE), guards: [oneAtATime] });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
