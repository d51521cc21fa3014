import { counted } from '../healing/words.ts';
import type { Logger } from '../ports/logger.ts';
import { says } from '../ports/says.ts';

/** What a person reads of a log that takes nothing. */
export interface Refusals {
  /** @param waiting records that wait for it, among them the one that was refused */
  refused(why: unknown, waiting: number): void;
  took(): void;
}

/** Says once that a log takes nothing, and once that it does again: whoever writes to it tries again, and may be refused as often. */
export function refusalsOf(words: Pick<Logger, 'info' | 'warn'>, path: string): Refusals {
  let refusing = false;
  return {
    refused: (why, waiting) => {
      if (!refusing)
        words.warn(`${says(why)}. What is for ${path} waits and is tried again: ${counted(waiting, 'record')}`);
      refusing = true;
    },
    took: () => {
      if (refusing) words.info(`${path} takes records again`);
      refusing = false;
    },
  };
}
