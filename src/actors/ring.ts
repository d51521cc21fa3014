/** The last `size` numbers. Everything is computed anew from them, so nothing older than the window can linger. */
export interface Ring {
  readonly full: boolean;
  push(value: number): void;
  max(): number;
  min(): number;
  sum(): number;
  /** Kaufman's efficiency ratio of the last `steps`: |sum of them| / sum of their sizes; 0 where nothing moved. */
  efficiency(steps: number): number;
  mean(): number;
  /** Sample standard deviation (n - 1); 0 with fewer than two numbers. */
  deviation(): number;
  /** Oldest first; a fresh array. */
  toArray(): number[];
}

/** An empty ring of `size` >= 1 places. Sums run from the oldest to the newest, whatever the place in memory. */
export function ring(size: number): Ring {
  // Every value is written twice, `size` apart, so that the window is always one contiguous run.
  const values = new Float64Array(2 * size);
  let count = 0;
  let head = 0;
  const at = (index: number): number => values[index] ?? 0;
  const first = (): number => (count < size ? 0 : head);

  const sum = (): number => {
    let total = 0;
    for (let i = first(), end = i + count; i < end; i++) total += at(i);
    return total;
  };
  const mean = () => (count === 0 ? 0 : sum() / count);

  return {
    get full() {
      return count === size;
    },
    push(value) {
      values[head] = value;
      values[head + size] = value;
      head = (head + 1) % size;
      if (count < size) count++;
    },
    max() {
      let most = Number.NEGATIVE_INFINITY;
      for (let i = first(), end = i + count; i < end; i++) most = Math.max(most, at(i));
      return most;
    },
    min() {
      let least = Number.POSITIVE_INFINITY;
      for (let i = first(), end = i + count; i < end; i++) least = Math.min(least, at(i));
      return least;
    },
    sum,
    efficiency(steps) {
      const end = first() + count;
      let progress = 0;
      let walked = 0;
      for (let i = Math.max(first(), end - steps); i < end; i++) {
        progress += at(i);
        walked += Math.abs(at(i));
      }
      return walked === 0 ? 0 : Math.abs(progress) / walked;
    },
    mean,
    deviation() {
      if (count < 2) return 0;
      const centre = mean();
      let squares = 0;
      for (let i = first(), end = i + count; i < end; i++) squares += (at(i) - centre) ** 2;
      return Math.sqrt(squares / (count - 1));
    },
    toArray: () => {
      const start = first();
      const copy = new Array<number>(count);
      for (let i = 0; i < count; i++) copy[i] = at(start + i);
      return copy;
    },
  };
}
