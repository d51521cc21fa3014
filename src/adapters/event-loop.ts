/** Resolves when all promises that wait for nothing have run. */
export const drained = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** One turn of the event loop: what was put off by a turn has run as well. */
export const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let puttingOff = 0;

/** Gives way to whatever else waits, for a turn, in the midst of long work. */
export const breath = async (): Promise<void> => {
  puttingOff++;
  await turned();
  puttingOff--;
};

/** Whether work of this thread goes on with the next turn. */
export const isPutOff = (): boolean => puttingOff > 0;
