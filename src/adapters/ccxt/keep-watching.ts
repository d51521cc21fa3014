import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';

/** Before a broken stream is asked for again, ms: doubling, and never together with others that broke at the same moment. */
const FIRST_MS = 250;
const CAP_MS = 5_000;

export interface Watched {
  readonly clock: Clock;
  readonly chance: Chance;
  /** One wait for news: ccxt's `watch…`. */
  readonly watch: () => Promise<unknown>;
  readonly woke: () => void;
  /** @param failures how often in a row */
  readonly broke: (error: unknown, failures: number) => void;
}

/** Waits for news over and over until it is stopped. What it waits for always has somebody who hears its rejection. */
export function keepWatching({ clock, chance, watch, woke, broke }: Watched): () => void {
  let stopped = false;
  const pause = (failures: number): Promise<void> => {
    const ms = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
    return new Promise((resolve) => {
      clock.setTimeout(resolve, ms / 2 + chance.next() * (ms / 2));
    });
  };
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopped) {
      try {
        await watch();
        failures = 0;
        if (!stopped) woke();
      } catch (error) {
        if (stopped) return;
        broke(error, ++failures);
        await pause(failures);
      }
    }
  };
  run().catch((error: unknown) => {
    // Thrown by who listens, not by the stream: it goes where errors of timers go.
    clock.setTimeout(() => {
      throw error;
    }, 0);
  });
  return () => {
    stopped = true;
  };
}
