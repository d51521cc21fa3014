/** Real time, for what concerns people and not the bot: how long the process runs, how often a progress line is drawn. */
export interface ProcessTime {
  uptimeSeconds(): number;
  /** The wall's time, ms since the epoch: for what people read. */
  present(): number;
  /** Calls back about every `ms` of real time, without keeping the process alive. @returns how to end it */
  every(ms: number, tell: () => void): () => void;
  /** Time that no clock change moves, ms since the process began. */
  monotonic(): number;
  /**
   * Begins to count. @returns how long ago that was, ms: by the clock that nobody sets or by the wall's, whichever went further. The first
   * stands still while the machine sleeps, the second does not; set forward, that only makes it longer.
   */
  stopwatch(): () => number;
  /** Resolves after so long, and keeps the process alive until then. */
  sleep(ms: number): Promise<void>;
}

/** {@link ProcessTime.stopwatch} over two clocks. */
export const stopwatchOf =
  ({ monotonic, present }: Pick<ProcessTime, 'monotonic' | 'present'>): ProcessTime['stopwatch'] =>
  () => {
    const [from, at] = [monotonic(), present()];
    return () => Math.max(monotonic() - from, present() - at);
  };

export function processTime(): ProcessTime {
  const monotonic = () => performance.now();
  const present = () => Date.now();
  const startedAt = monotonic();
  return {
    uptimeSeconds: () => Math.round((performance.now() - startedAt) / 10) / 100,
    present,
    monotonic,
    stopwatch: stopwatchOf({ monotonic, present }),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    every: (ms, tell) => {
      const timer = setInterval(tell, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
