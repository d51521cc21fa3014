/** Series made fit to draw: without what is broken, in order, and no longer than can be seen. */
import type { Series } from '../../../src/inspector/contract.ts';
import { known } from './known.ts';

type Point = readonly [at: number, value: number];

/** Without points that are none, in the order of time; of several at one moment the last. */
export function clean(series: Series | null | undefined): Series {
  const points: Point[] = [];
  let sorted = true;
  for (const raw of series ?? []) {
    const at = known(raw?.[0]);
    const value = known(raw?.[1]);
    if (at === null || value === null) continue;
    sorted &&= at > (points.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY);
    points.push([at, value]);
  }
  return sorted ? points : [...new Map(points.map((point) => [point[0], point])).values()].sort(([a], [b]) => a - b);
}

/** At most `most` (≥ 4) points: the first, the last, and the lowest and highest of every stretch between. */
export function thin(series: Series, most: number): Series {
  const [first] = series;
  const last = series.at(-1);
  if (series.length <= most || first === undefined || last === undefined) return series;
  const inner = series.length - 2;
  const stretches = Math.max(1, Math.floor((most - 2) / 2));
  const kept: Point[] = [first];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor((stretch * inner) / stretches);
    const to = 1 + Math.floor(((stretch + 1) * inner) / stretches);
    let low: Point | undefined;
    let high: Point | undefined;
    for (const point of series.slice(from, to)) {
      if (low === undefined || point[1] < low[1]) low = point;
      if (high === undefined || point[1] > high[1]) high = point;
    }
    if (low === undefined || high === undefined) continue;
    kept.push(...(low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]));
  }
  return [...kept, last];
}

/** The last point at that moment or before it. */
export function pointAt(series: Series, at: number): Point | null {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((series[middle]?.[0] ?? Number.POSITIVE_INFINITY) <= at) low = middle + 1;
    else high = middle;
  }
  return series[low - 1] ?? null;
}

/** Several series over the moments of all of them; `null` where one has none. */
export function aligned(all: readonly Series[]): readonly [readonly number[], ...(readonly (number | null)[])[]] {
  const moments = [...new Set(all.flatMap((series) => series.map(([at]) => at)))].sort((a, b) => a - b);
  return [
    moments,
    ...all.map((series) => {
      const values = new Map(series);
      return moments.map((at) => values.get(at) ?? null);
    }),
  ];
}

/** A bot that began lately has its line begin then, and not with a long way of nothing before it. */
export function begun(line: Series): Series {
  const [first, second] = line;
  const last = line.at(-1);
  if (first === undefined || second === undefined || last === undefined) return line;
  const empty = second[0] - first[0] > (last[0] - first[0]) / 2 && line.length > 2;
  return empty ? [[second[0], first[1]], ...line.slice(1)] : line;
}
