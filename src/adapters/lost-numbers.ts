import { z } from 'zod';

/** Of the record that says of numbers that they are lost, as an inclusive range. */
const lostNumbers = z.looseObject({ lost: z.tuple([z.int(), z.int()]) });

/** Does this line, a good record, say of all these numbers that they are lost? Who says so has left no gap behind that nobody knows of. */
export function tellsOfLost(line: Buffer, from: number, to: number): boolean {
  if (!line.includes('"lost":[')) return false;
  const told = lostNumbers.safeParse(JSON.parse(line.toString('utf8')));
  return told.success && told.data.lost[0] <= from && to <= told.data.lost[1];
}
