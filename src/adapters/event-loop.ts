/** Resolves when all promises that wait for nothing have run. */
export const drained = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** One turn of the event loop: what was put off by a turn has run as well. */
export const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let resting = 0;

/** One turn for others, in the midst of work that goes on by itself: reading a large log. */
export const breath = async (): Promise<void> => {
  resting++;
  await turned();
  resting--;
};

/** Somebody in this process goes on after a {@link breath}, whatever the clock says. */
export const isCatchingBreath = (): boolean => resting > 0;
