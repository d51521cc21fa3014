/** One thing measured: ours beside its peers, each in a process of its own, in rounds that take turns. */

/** What one run came to; `null`: it cannot run here (no Erlang, a package that is not installed). */
export type Run = () => Promise<number | null> | number | null;

export interface Contest {
  /** As `--only` takes it. */
  readonly name: string;
  readonly says: string;
  readonly unit: string;
  /** Whether more of it is better. */
  readonly better: 'more' | 'less';
  readonly us: Run;
  readonly peers: Readonly<Record<string, Run>>;
  /** How many times better than a peer ours is to be. */
  readonly wanted?: Readonly<Record<string, number>>;
  /** What ours is to reach by itself, in `unit`. */
  readonly limit?: number;
}

/** A line of the table: how many times better than `peer` ours is, medians and spread over the rounds. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly us: number;
  readonly peer: string;
  readonly theirs: number;
  readonly ratio: number;
  readonly min: number;
  readonly max: number;
  /** The ratio that issue 8 wants, or `null`. */
  readonly wanted: number | null;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (place: number): number => sorted[place] ?? Number.NaN;
  return (at((sorted.length - 1) >> 1) + at(sorted.length >> 1)) / 2;
};

/** Rounds of ours beside rounds of a peer: the ratio of each pair, since what the machine does meanwhile is the same for both. */
export function rowOf(
  { name, unit, better, wanted }: Pick<Contest, 'name' | 'unit' | 'better' | 'wanted'>,
  peer: string,
  us: readonly number[],
  theirs: readonly number[],
): Row {
  const ratios = us.map((one, round) => {
    const other = theirs[round] ?? Number.NaN;
    return better === 'more' ? one / other : other / one;
  });
  return {
    name,
    unit,
    us: median(us),
    peer,
    theirs: median(theirs),
    ratio: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    wanted: wanted?.[peer] ?? null,
  };
}

/** CPU time of this process so far, ms: others share the machine, and their time is not ours. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** How often a second of CPU `batch` does what it does `size` times, after a warm-up. */
export function perSecond(batch: () => void, size: number, { warmMs = 300, forMs = 700 } = {}): number {
  const until = (ms: number): number => {
    const began = cpuMs();
    let batches = 0;
    let took = 0;
    do {
      batch();
      batches++;
      took = cpuMs() - began;
    } while (took < ms);
    return (batches * size * 1_000) / took;
  };
  until(warmMs);
  return until(forMs);
}

/** Bytes held on the heap and in buffers, after collection. Needs --expose-gc. */
export async function bytesHeld(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('run node with --expose-gc');
  for (let i = 0; i < 4; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}
