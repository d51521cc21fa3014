/** A bot's directory as a bot made it, for tests that read it back. */

import type { Summary } from '../../../src/cli/bot.ts';
import { DEFAULT_CONFIG } from '../../../src/cli/config.ts';
import { startBot } from '../../../src/cli/start-bot.ts';
import { freshFolder } from '../cli.ts';

export const HOUR_MS = 3_600_000;

/** Runs a bot on the simulated market, as fast as it goes. */
export async function aRunBot(hours: number, dir = freshFolder()): Promise<{ dir: string; summary: Summary }> {
  const bot = await startBot({
    dir,
    feed: { kind: 'sim' },
    symbols: null,
    speed: 'max',
    forMs: hours * HOUR_MS,
    seed: 7,
    config: DEFAULT_CONFIG,
    onLine: () => undefined,
    onProgress: () => undefined,
  });
  return { dir, summary: (await bot.finished) as Summary };
}
