import { drained, isPutOff, turned } from '../../adapters/event-loop.ts';
import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { Host } from './host.ts';

/** Half a megabyte is read and judged within this time, ms: the next timer may be a minute away, and the disk is not that slow. */
const SLICE_WITHIN_MS = 1_000;

/** One instant of the world, and all that follows from it. @returns whether there was one */
export async function oneInstant(clock: VirtualClock, host: Pick<Host, 'isWorking' | 'settle'>): Promise<boolean> {
  const moved = clock.step();
  await drained();
  if (host.isWorking) await turned();
  while (isPutOff() && clock.nextAt - clock.now() > SLICE_WITHIN_MS) await turned();
  host.settle();
  return moved;
}
