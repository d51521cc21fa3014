/** A moment on both clocks of this machine: the wall's may be set back, the other may stand while the machine sleeps. */
export interface Instant {
  /** ms since the epoch. */
  readonly wall: number;
  /** ms since the page was opened. */
  readonly page: number;
}

export const instant = (): Instant => ({ wall: Date.now(), page: performance.now() });

/** How long it took, ms: the longer of what the clocks say, so that nothing that is old is taken for young. */
export const between = (from: Instant, to: Instant): number => Math.max(0, to.wall - from.wall, to.page - from.page);
