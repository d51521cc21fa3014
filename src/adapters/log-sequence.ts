/** Sequence numbers as they were met in a log. */
export interface Sequence {
  /** The highest. */
  readonly lastSeq: number;
  /** Numbers that are nowhere, as inclusive ranges, rising. */
  readonly missingSeq: readonly (readonly [number, number])[];
  /** Numbers that more than one record bears, in the order in which they were met. */
  readonly duplicateSeq: readonly number[];
}

export const emptySequence: Sequence = { lastSeq: 0, missingSeq: [], duplicateSeq: [] };

interface OpenSequence {
  lastSeq: number;
  missingSeq: (readonly [number, number])[];
  duplicateSeq: number[];
}

/** Duplicates beyond this are not listed. */
const DUPLICATES_AT_MOST = 10_000;

/** Takes a number in: a gap opens before it, or it fills one, or it was there before. */
export function place(sequence: OpenSequence, seq: number): void {
  const { lastSeq, missingSeq, duplicateSeq } = sequence;
  if (seq > lastSeq) {
    if (seq > lastSeq + 1) missingSeq.push([lastSeq + 1, seq - 1]);
    sequence.lastSeq = seq;
    return;
  }
  const index = missingSeq.findIndex(([from, to]) => seq >= from && seq <= to);
  const gap = missingSeq[index];
  if (gap) {
    const [from, to] = gap;
    const left: (readonly [number, number])[] = [];
    if (from < seq) left.push([from, seq - 1]);
    if (seq < to) left.push([seq + 1, to]);
    missingSeq.splice(index, 1, ...left);
  } else if (duplicateSeq.length < DUPLICATES_AT_MOST) duplicateSeq.push(seq);
}

/** A sequence that is known to have gone up to `known`: what is no longer there of it is missing. */
export const upTo = <T extends Sequence>(sequence: T, known: number): T =>
  sequence.lastSeq >= known
    ? sequence
    : { ...sequence, lastSeq: known, missingSeq: [...sequence.missingSeq, [sequence.lastSeq + 1, known] as const] };

/** How many numbers two lists of ranges have in common. */
export const common = (
  one: readonly (readonly [number, number])[],
  other: readonly (readonly [number, number])[],
): number => {
  let count = 0;
  for (const [from, to] of one)
    for (const [low, high] of other) count += Math.max(0, Math.min(to, high) - Math.max(from, low) + 1);
  return count;
};
