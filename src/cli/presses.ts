import type { ProcessTime } from '../adapters/process-time.ts';

/** Signals by which somebody asks the process to stop. SIGHUP: the terminal was closed. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Signals that come within this time are one and the same wish to stop, seconds. */
const SAME_PRESS_S = 0.75;

/**
 * Tells of every wish to stop, and how many there were so far: npm passes on what the terminal has already sent to everyone,
 * so that one Ctrl-C arrives twice.
 * @returns how to listen no more
 */
export function onStopPresses(time: ProcessTime, tell: (signal: StopSignal, presses: number) => void): () => void {
  let presses = 0;
  let last = Number.NEGATIVE_INFINITY;
  const listeners = STOP_SIGNALS.map((signal) => {
    const listener = (): void => {
      const at = time.uptimeSeconds();
      if (at - last < SAME_PRESS_S) return;
      last = at;
      tell(signal, ++presses);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const off of listeners) off();
  };
}
