/** What the guardian says of the bot: to people, to systemd, and to the shell by its exit code. */
import { constants } from 'node:os';
import type { Ending, GuardianOutput } from '../../healing/guardian.ts';
import { EXIT } from '../exit-codes.ts';

/** How a process ended, as the end of a sentence that begins with it. */
export function sayEnding({ code, signal, hung }: Ending): string {
  if (hung !== null) return `was ended by force: ${hung}`;
  if (signal === 'SIGABRT')
    return 'was ended by SIGABRT (out of memory, or a failed assertion: its last lines say which)';
  if (signal !== null) return `was ended by ${signal}`;
  if (code === EXIT.unreachable) return `could not reach the exchange (exit code ${code})`;
  if (code !== null) return `ended by itself with exit code ${code}`;
  return 'could not be started';
}

/** The exit code of the guardian: the bot's own wherever the bot had one. */
export function exitCodeOf({ end, asked, gaveUp }: GuardianOutput): number {
  if (gaveUp) return EXIT.crashLoop;
  if (end === null) return EXIT.done;
  if (end.code !== null) return end.code;
  if (asked !== null && asked.presses > 1) return asked.signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  if (end.hung !== null || end.signal === null) return EXIT.failed;
  return 128 + constants.signals[end.signal as NodeJS.Signals];
}
