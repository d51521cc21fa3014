import type { Command } from 'commander';
import { DIR, JSON_FLAG } from './options.ts';

/** The command by which a person gets out. */
export function leaving(kintsugi: Command, end: (code: number) => void): void {
  kintsugi
    .command('flatten')
    .description(
      'Blocks entries and leaves everything that is held at the market. Works when the bot is dead or hangs.',
    )
    .option(...DIR)
    .option('--live', 'the Binance account of the keys in the environment, whatever the directory says')
    .option('--testnet', 'with --live: that of the test network')
    .option('-y, --yes', 'do not ask')
    .option('--reason <text>', 'why; it is kept in the ledger')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi flatten                                        the bot in ./bot leaves everything, and is paused
  kintsugi flatten --live --yes                           a Binance account, with KINTSUGI_API_KEY and KINTSUGI_API_SECRET

pause blocks entries and goes on minding what is held; flatten is pause, and leaves it. resume takes both back. A bot that runs
does it itself, also where this terminal has no keys. With them the exchange is then asked directly: entries are cancelled, positions left by market orders
that can only reduce, and stops cancelled last, by nothing but Node (dist/adapters/kill/binance-usdm.js works alone, too).

Exit codes: 0 flat, 1 not flat (what is left is said), 64 wrong usage, 77 not confirmed, 78 a real account without keys or bot.`,
    )
    .action(async (options) => {
      const { flatten } = await import('../commands/flatten.ts');
      end(await flatten(options));
    });
}
