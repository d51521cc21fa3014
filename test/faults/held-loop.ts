/** Often enough to tell what is noticed from what is not, ms. */
const TICK_MS = 5;

export interface HeldLoop {
  /** Since the start, or the last `again`, ms. */
  p99(): number;
  again(): void;
  stop(): void;
}

/**
 * How long the event loop of this thread is held by its own work. A loop is as late on a machine whose processors are taken by
 * others; that is not its doing, so no delay counts for more than the thread has computed in it.
 */
export function heldLoop(): HeldLoop {
  const look = () => {
    const { user, system } = process.threadCpuUsage();
    return { at: performance.now(), computedMs: (user + system) / 1e3 };
  };
  let held: number[] = [];
  let last = look();
  const timer = setInterval(() => {
    const now = look();
    held.push(Math.min(now.at - last.at - TICK_MS, now.computedMs - last.computedMs));
    last = now;
  }, TICK_MS);
  return {
    p99: () => held.toSorted((a, b) => a - b)[Math.floor(held.length * 0.99)] ?? 0,
    again: () => {
      held = [];
    },
    stop: () => clearInterval(timer),
  };
}
