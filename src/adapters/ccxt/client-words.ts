import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

/** How often what ccxt says is passed on, ms: it says a line for each message that it cannot read. */
const PASSED_ON_EVERY_MS = 60_000;
const LONGEST = 500;

/** The key of the account's news stands behind the question mark of their address. */
const inWords = (part: unknown): string =>
  part instanceof Date ? '' : (part instanceof Error ? part.message : String(part)).replace(/\?\S+/g, '');

/** What ccxt would print on stdout, where the bot's own data goes: into its log, with how much of it was left out. */
export function clientWords(
  log: Pick<Logger, 'warn'>,
  clock: Pick<Clock, 'now'>,
): (...parts: readonly unknown[]) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  return (...parts) => {
    if (clock.now() - saidAt < PASSED_ON_EVERY_MS) {
      leftOut++;
      return;
    }
    const words = parts.map(inWords).join(' ').trim().slice(0, LONGEST);
    log.warn(`ccxt says: ${words}${leftOut > 0 ? ` (and ${leftOut} more since it was last passed on)` : ''}`);
    saidAt = clock.now();
    leftOut = 0;
  };
}
