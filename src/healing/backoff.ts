/** How long to wait before the next try, after Akka's and Kubernetes' backoff supervisors. Milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
}

export const ACTOR_BACKOFF: Backoff = { firstMs: 250, capMs: 30_000 };

/**
 * Doubling with jitter over the upper half, so that failures that came together do not come back together.
 * @param failures how many there were already (0 for the first wait)
 * @param chance uniform in [0, 1)
 */
export function backoffMs({ firstMs, capMs }: Backoff, failures: number, chance: number): number {
  const full = Math.min(capMs, firstMs * 2 ** Math.min(failures, 30));
  return Math.round(full / 2 + (full / 2) * chance);
}
