/** Real time, for what concerns people and not the bot: how long the process runs, how often a progress line is drawn. */
export interface ProcessTime {
  uptimeSeconds(): number;
  /** The wall's time, ms since the epoch: for what people read. */
  present(): number;
  /** Calls back about every `ms` of real time, without keeping the process alive. @returns how to end it */
  every(ms: number, tell: () => void): () => void;
  /** Time that no clock change moves, ms since the process began. */
  monotonic(): number;
  /** Resolves after so long, and keeps the process alive until then. */
  sleep(ms: number): Promise<void>;
}

export function processTime(): ProcessTime {
  const startedAt = performance.now();
  return {
    uptimeSeconds: () => Math.round((performance.now() - startedAt) / 10) / 100,
    present: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    every: (ms, tell) => {
      const timer = setInterval(tell, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
