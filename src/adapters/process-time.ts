/** Real time, for what concerns people and not the bot: how long the process runs, how often a progress line is drawn. */
export interface ProcessTime {
  uptimeSeconds(): number;
  /** The wall's time, ms since the epoch: for what people read. */
  present(): number;
  /** Calls back about every `ms` of real time, without keeping the process alive. @returns how to end it */
  every(ms: number, tell: () => void): () => void;
}

export function processTime(): ProcessTime {
  const startedAt = performance.now();
  return {
    uptimeSeconds: () => Math.round((performance.now() - startedAt) / 10) / 100,
    present: () => Date.now(),
    every: (ms, tell) => {
      const timer = setInterval(tell, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
