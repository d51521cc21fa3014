/** So much may be done in a second, and no more: what is too much is left undone by whoever asks. */
export interface Allowance {
  take(): boolean;
}

/**
 * How often a clock is looked at while nothing is left: to ask it every time would cost what is to be saved. Of what comes faster than
 * is allowed one of so many is done.
 */
const LOOK_EVERY = 64;

export interface Allowed {
  readonly perSecond: number;
  /** What was saved up at most: so much may be done at once. */
  readonly burst: number;
}

/** @param now ms, of the wall: the machine's time is what is spent */
export function allowance(now: () => number, { perSecond, burst }: Allowed): Allowance {
  let left = burst;
  let filledAt = now();
  let asked = 0;
  return {
    take: () => {
      if (left >= 1) {
        left--;
        return true;
      }
      asked = (asked + 1) % LOOK_EVERY;
      if (asked !== 0) return false;
      const at = now();
      const earned = ((at - filledAt) / 1_000) * perSecond;
      if (earned < 1) return false;
      filledAt = at;
      // A machine that has little time for this makes seconds long: what they allow is then most of what is done in them.
      left = earned < LOOK_EVERY ? 0 : Math.min(burst, earned) - 1;
      return true;
    },
  };
}
