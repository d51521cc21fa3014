import { Redactor } from '../../adapters/redactor.ts';
import { exchangeUrl } from '../exchange-url.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { terminalQuestion } from './confirm.ts';
import { openLive } from './open-live.ts';
import type { LiveSession } from './session.ts';
import { liveWish } from './wish.ts';

/** What a run with `--live` is about, checked. */
export interface LiveRunOptions {
  readonly feed: string;
  readonly speed: number | 'max';
  readonly exchange: { readonly testnet: boolean };
  readonly dir: string;
  readonly symbols: readonly string[];
  readonly leverage: number;
  readonly isReborn: boolean;
}

/** As `openLive`, with the terminal and the environment of this process. Throws {@link CliError}. */
export const liveRun = (options: LiveRunOptions): Promise<LiveSession> =>
  openLive({
    ...options,
    wish: liveWish(options, exchangeUrl(process.env)),
    environment: process.env,
    redactor: new Redactor(),
    question: terminalQuestion(),
  });

/** Throws {@link CliError} where start-up was given up. */
export function refuseNotGreen(live: LiveSession | null): void {
  const reasons = live?.gaveUp() ?? [];
  if (reasons.length === 0) return;
  throw new CliError(
    `start-up was not green in time, so no entry was made; what was held was minded meanwhile (stops, exits), and stops at the exchange stay:\n  ${reasons.join('\n  ')}\nMend that (kintsugi explain, logs/bot_out.log), then start it again`,
    EXIT.notGreen,
  );
}

/** No key gets out by way of an error. */
export function withoutKeys(error: unknown, live: Pick<LiveSession, 'redactor'> | null): unknown {
  if (live === null || !(error instanceof Error)) return error;
  error.message = live.redactor.text(error.message);
  if (error.stack !== undefined) error.stack = live.redactor.text(error.stack);
  if (error.cause !== undefined) error.cause = withoutKeys(error.cause, live);
  return error;
}
