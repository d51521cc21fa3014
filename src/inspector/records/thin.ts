import type { Series } from '../contract.ts';

/** So many points are given to a chart. */
export const MOST_POINTS = 1_000;

type Point = Series[number];

/**
 * Fewer points of a series, the first, the last, and the lowest and highest of each stretch kept: a spike stays a spike.
 * @param most at least 4
 */
export function thin(points: Series, most = MOST_POINTS): Series {
  if (points.length <= most) return points;
  const stretches = Math.floor((most - 2) / 2);
  const inner = points.length - 2;
  const kept: Point[] = [points[0] as Point];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor((stretch * inner) / stretches);
    const to = 1 + Math.floor(((stretch + 1) * inner) / stretches);
    let low = from;
    let high = from;
    for (let index = from; index < to; index++) {
      if (valueAt(points, index) < valueAt(points, low)) low = index;
      if (valueAt(points, index) > valueAt(points, high)) high = index;
    }
    for (const index of low === high ? [low] : low < high ? [low, high] : [high, low])
      kept.push(points[index] as Point);
  }
  kept.push(points.at(-1) as Point);
  return kept;
}

const valueAt = (points: Series, index: number): number => points[index]?.[1] ?? Number.NaN;

/** A series that grows for ever in bounded memory: the last stretch of time, thinned where it has too many points. */
export class GrowingSeries {
  #points: Point[] = [];
  readonly #keepMs: number;
  readonly #most: number;

  constructor(keepMs: number, most = 20_000) {
    this.#keepMs = keepMs;
    this.#most = most;
  }

  push(at: number, value: number): void {
    const last = this.#points.at(-1);
    // Of one moment the last word counts.
    if (last !== undefined && last[0] === at) this.#points.pop();
    this.#points.push([at, value]);
    if (this.#points.length < this.#most) return;
    const begins = this.#points.findIndex(([time]) => time >= at - this.#keepMs);
    this.#points = this.#points.slice(Math.max(0, begins - 1));
    if (this.#points.length > this.#most / 2) this.#points = [...thin(this.#points, this.#most / 2)];
  }

  get last(): Point | null {
    return this.#points.at(-1) ?? null;
  }

  /** From a moment on; begins with what it was then, where that is known. */
  since(from: number): Series {
    const index = this.#points.findIndex(([at]) => at >= from);
    const begins = index < 0 ? this.#points.length : index;
    const before = this.#points[begins - 1];
    const rest = this.#points.slice(begins);
    return before === undefined ? rest : [[from, before[1]], ...rest];
  }
}
