/** A time in which something was held, ms. */
export interface Span {
  readonly openedAt: number;
  readonly endedAt: number;
}

/**
 * How many independent trades overlapping ones amount to: the sum of their average uniqueness, where a trade is 1/c unique while
 * c trades are open (López de Prado, Advances in Financial Machine Learning, ch. 4). All symbols count as one: majors move
 * together, so the number errs on the low side.
 */
export function effectiveNumber(spans: readonly Span[]): number {
  const n = spans.length;
  // At least a millisecond: a trade that ends where it began is still one.
  const ends = (span: Span): number => Math.max(span.endedAt, span.openedAt + 1);
  const times = new Float64Array(2 * n);
  spans.forEach((span, i) => {
    times[2 * i] = span.openedAt;
    times[2 * i + 1] = ends(span);
  });
  times.sort();
  const starts = Float64Array.from(spans, ({ openedAt }) => openedAt).sort();
  const stops = Float64Array.from(spans, ends).sort();
  /** Integral of 1/c up to every time. */
  const integral = new Float64Array(2 * n);
  let sum = 0;
  let open = 0;
  let [started, stopped] = [0, 0];
  let before = times[0] ?? 0;
  times.forEach((time, i) => {
    if (open > 0) sum += (time - before) / open;
    before = time;
    integral[i] = sum;
    while (started < n && (starts[started] ?? 0) <= time) {
      open++;
      started++;
    }
    while (stopped < n && (stops[stopped] ?? 0) <= time) {
      open--;
      stopped++;
    }
  });
  const upTo = (time: number): number => integral[placeOf(times, time)] ?? 0;
  let effective = 0;
  for (const span of spans) {
    const unique = upTo(ends(span)) - upTo(span.openedAt);
    effective += unique / (ends(span) - span.openedAt);
  }
  return effective;
}

/** Where a value stands among sorted ones that hold it. */
function placeOf(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
