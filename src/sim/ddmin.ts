/** Minimizing delta debugging (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, TSE 2002). */

/** @returns the place of the first candidate that still fails, or `null` where none does (or none may be tried any more) */
export type FirstFailing<T> = (candidates: readonly (readonly T[])[]) => Promise<number | null>;

/** `items` in `parts` pieces of as equal a length as can be, none empty. */
function split<T>(items: readonly T[], parts: number): readonly (readonly T[])[] {
  return Array.from({ length: parts }, (_, i) =>
    items.slice(Math.floor((i * items.length) / parts), Math.floor(((i + 1) * items.length) / parts)),
  ).filter((piece) => piece.length > 0);
}

/**
 * Cuts items that fail together down to a few of them that still do. Where `firstFailing` may try all it is asked for, the
 * result is 1-minimal: none of what is left can be left out.
 * @param items as they are known to fail
 * @param firstFailing asked for parts of them, in their order
 */
export async function ddmin<T>(items: readonly T[], firstFailing: FirstFailing<T>): Promise<readonly T[]> {
  // What fails without any of them says nothing of them.
  if (items.length > 0 && (await firstFailing([[]])) !== null) return [];
  let left = items;
  for (let parts = 2; left.length >= 2; ) {
    const subsets = split(left, parts);
    const complements = parts === 2 ? [] : subsets.map((_, i) => subsets.toSpliced(i, 1).flat());
    const candidates = [...subsets, ...complements];
    const at = await firstFailing(candidates);
    if (at !== null) {
      left = candidates[at] ?? left;
      parts = at < subsets.length ? 2 : parts - 1;
    } else if (parts < left.length) parts = Math.min(parts * 2, left.length);
    else break;
  }
  return left;
}
