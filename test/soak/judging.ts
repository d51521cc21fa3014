/** Whether what was measured over a long run stays, or grows. */
import { medianOf, type Sample, type Slope, slopeOf } from './slope.ts';

export interface Measure {
  readonly name: string;
  readonly unit: string;
  /** More than this in an hour of the wall's time is growth; `null`: it grows as it should, and is told. */
  readonly mostPerHour: number | null;
  /** It fills for a day of the bot's time: without samples from after that, nothing is known of growth. */
  readonly isFull?: boolean;
  /** What of a bucket counts: the least where garbage waits to be collected. */
  readonly by: 'median' | 'least';
  readonly samples: readonly Sample[];
}

export type Word = 'flat' | 'growing' | 'unclear' | 'told';

export interface Judgement extends Slope {
  readonly measure: Measure;
  readonly from: number;
  readonly to: number;
  /** `unclear`: the interval holds the limit, or it still fills; a longer run tells. */
  readonly word: Word;
}

/**
 * Neighbours depend on each other: so many buckets are judged, each as one sample. Memory goes up and down by minutes, as V8
 * takes more from the system before it collects: the least of a bucket tells only where that is longer.
 */
const BUCKETS = { median: 40, least: 12 } as const;

/** One sample a bucket of time, in the middle of it. */
function bucketed({ samples, by }: Measure): readonly Sample[] {
  const size = Math.max(1, Math.ceil(samples.length / BUCKETS[by]));
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, i) => {
    const some = samples.slice(i * size, (i + 1) * size);
    const ys = some.map(({ y }) => y);
    return { x: medianOf(some.map(({ x }) => x)), y: by === 'least' ? Math.min(...ys) : medianOf(ys) };
  });
}

/** @param measure its samples: x in hours */
export function judge(measure: Measure): Judgement {
  const samples = bucketed(measure);
  const slope = slopeOf(samples);
  const { mostPerHour } = measure;
  const word = (): Word => {
    if (mostPerHour === null) return 'told';
    if (measure.isFull === false) return 'unclear';
    if (slope.low > mostPerHour) return 'growing';
    return slope.high <= mostPerHour ? 'flat' : 'unclear';
  };
  return { measure, ...slope, from: samples.at(0)?.y ?? Number.NaN, to: samples.at(-1)?.y ?? Number.NaN, word: word() };
}
