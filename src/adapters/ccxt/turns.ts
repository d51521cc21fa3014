import type { Clock } from '../../ports/clock.ts';
import { ANSWERED_WITHIN_MS } from './ask.ts';
import type { CcxtClient } from './client.ts';
import { NotSent } from './lease-window.ts';

/**
 * Gives every request of a client its turn, as seldom as its exchange wants to be asked. ccxt counts by the time of day: set back by an hour, it
 * would let no request leave for an hour, and then those that wait, when nobody expects them any more.
 * @param clock real time that nobody sets
 */
export function giveTurns(client: CcxtClient, clock: Clock): void {
  let free = Number.NEGATIVE_INFINITY;
  client.throttle = async (cost = 1) => {
    const now = clock.now();
    const turn = Math.max(now, free);
    // Who asked has given it up by then.
    if (turn - now > ANSWERED_WITHIN_MS)
      throw new NotSent(`so much is asked of ${client.id} that it did not get its turn`);
    free = turn + cost * client.rateLimit;
    if (turn > now)
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, turn - now);
      });
  };
}
