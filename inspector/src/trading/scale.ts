/** Scales: from what is measured to where it is drawn. */
import { known } from './known.ts';

export type Scale = (value: number) => number;

/** A straight line through `domain` → `range`; what lies outside is kept at the edge. A domain without extent maps to the middle. */
export function linear(
  domain: readonly [low: number, high: number],
  range: readonly [from: number, to: number],
): Scale {
  const [low, high] = domain;
  const [from, to] = range;
  // Halved, so that the extent of a domain as wide as numbers go is still a number.
  const extent = high / 2 - low / 2;
  return (value) => {
    const part = extent > 0 ? (value / 2 - low / 2) / extent : 0.5;
    return from + Math.min(1, Math.max(0, part)) * (to - from);
  };
}

/** How far from zero any of the values lies, at least 1: the domain of bars around zero. Broken values say nothing. */
export function reach(values: readonly unknown[]): number {
  return values.reduce<number>((most, value) => Math.max(most, Math.abs(known(value) ?? 0)), 1);
}

/**
 * Places for labels as near as can be to where they belong, none nearer than `gap` to the next, all within low…high while
 * there is room, in the order of where they belong.
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  [low, high]: readonly [low: number, high: number],
): readonly number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
  const placed = new Array<number>(wanted.length).fill(low);
  let least = low;
  for (const { at, index } of order) {
    placed[index] = Math.max(at, least);
    least = (placed[index] ?? low) + gap;
  }
  let most = high;
  for (const { index } of [...order].reverse()) {
    placed[index] = Math.min(placed[index] ?? high, most);
    most = (placed[index] ?? high) - gap;
  }
  return placed;
}
