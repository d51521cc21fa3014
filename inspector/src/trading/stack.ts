/** Bars of several parts, in which the small parts can still be seen. */

/**
 * Lengths of the parts of a bar, together `length`. A part that is not zero is at least `least` long, as far as there is room;
 * the long ones give it.
 */
export function stackOf(parts: readonly number[], length: number, least: number): readonly number[] {
  const sane = parts.map((part) => (Number.isFinite(part) && part > 0 ? part : 0));
  const shown = sane.filter((part) => part > 0).length;
  if (shown === 0 || length <= 0) return sane.map(() => 0);
  const floor = Math.min(least, length / shown);
  let room = length;
  let weight = sum(sane);
  const lifted = new Set<number>();
  // One that is lifted makes the rest shorter, which may lift the next: the smallest first.
  for (const [index, part] of [...sane.entries()].sort(([, a], [, b]) => a - b)) {
    if (part === 0 || (part / weight) * room >= floor) continue;
    lifted.add(index);
    room -= floor;
    weight -= part;
  }
  return sane.map((part, index) => (part === 0 ? 0 : lifted.has(index) ? floor : (part / weight) * room));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Where every part begins. */
export function startsOf(lengths: readonly number[]): readonly number[] {
  let at = 0;
  return lengths.map((length) => {
    const start = at;
    at += length;
    return start;
  });
}
