import { z } from 'zod';

/** Of the record that says of numbers that they are lost, as an inclusive range. */
const lostNumbers = z.looseObject({ lost: z.tuple([z.int(), z.int()]) });

/** Does a record say of all these numbers that they are lost? Who says so has left no gap behind that nobody knows of. */
export function areToldLost(record: unknown, from: number, to: number): boolean {
  const told = lostNumbers.safeParse(record);
  return told.success && told.data.lost[0] <= from && to <= told.data.lost[1];
}

/** The same of the line of a good record. */
export const tellsOfLost = (line: Buffer, from: number, to: number): boolean =>
  line.includes('"lost":[') && areToldLost(JSON.parse(line.toString('utf8')), from, to);
