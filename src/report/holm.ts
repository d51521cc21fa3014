/** One of several questions that are asked of the same data. */
export interface Holm {
  /** The level at which its interval must exclude 0. */
  readonly alpha: number;
  /** Adjusted for all questions: significant where it is not above the family's alpha. */
  readonly p: number;
  readonly isSignificant: boolean;
}

/**
 * Holm's step-down: the smallest p has to be below alpha/m, the next below alpha/(m-1), and after the first that is not, none is
 * significant. The chance of even one false verdict is then at most `alpha`.
 */
export function holm(pValues: readonly number[], alpha: number): readonly Holm[] {
  const m = pValues.length;
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1) || a - b);
  const found: Holm[] = pValues.map(() => ({ alpha, p: 1, isSignificant: false }));
  let highest = 0;
  order.forEach((index, rank) => {
    highest = Math.max(highest, Math.min(1, (pValues[index] ?? 1) * (m - rank)));
    found[index] = { alpha: alpha / (m - rank), p: highest, isSignificant: highest <= alpha };
  });
  return found;
}
