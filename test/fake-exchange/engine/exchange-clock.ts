/** The exchange's time, ms since the epoch. It need not be ours: faster, in another year, or moved by the test. */
export interface ExchangeClock {
  now(): number;
  /** Milliseconds of exchange time in one of real time: how much slack a real delay needs in `recvWindow`. */
  readonly timeScale: number;
  /** Only on a clock that does not run by itself. */
  moveTo?(ms: number): void;
}

/** Runs by itself, `timeScale` times as fast as the wall's clock, from `origin`. */
export function runningClock({ timeScale = 1, origin = Date.now() } = {}): ExchangeClock {
  const began = performance.now();
  return { timeScale, now: () => Math.floor(origin + (performance.now() - began) * timeScale) };
}

/**
 * Stands until it is moved, and never goes back. A client's request may be signed before a move and arrive after it: `timeScale`
 * is the slack for that (60 lets ten seconds of `recvWindow` reach over ten minutes of exchange time).
 */
export function steppedClock(start: number, timeScale = 60): ExchangeClock & { moveTo(ms: number): void } {
  let now = start;
  return {
    timeScale,
    now: () => now,
    moveTo: (ms) => {
      now = Math.max(now, ms);
    },
  };
}
