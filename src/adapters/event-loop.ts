/** Resolves when all promises that wait for nothing have run. */
export const drained = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** One turn of the event loop: what was put off by a turn has run as well. */
export const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
