import type { Command } from 'commander';
import { DIR } from './options.ts';

/** The commands by which a person sees a bot: the page, and a bot to look at. */
export function watching(kintsugi: Command, end: (code: number) => void): void {
  kintsugi
    .command('demo')
    .description('A bot on a simulated market with its page open; its event log is torn, and heals before your eyes.')
    .option('-d, --dir <dir>', 'where its records go (default: a new temporary directory, which is named at the end)')
    .option('--port <n>', 'where the page is served (default: 7070, or the next that is free up to 7079; 0: any)')
    .option('--no-open', 'do not open a browser')
    .option('--speed <n>', '1 is real time, N is N times as fast', '1')
    .option('--seed <n>', 'another market', '1')
    .option(
      '--warm <time>',
      'so much time before the present is simulated first, so that there is a past; 0: none',
      '40m',
    )
    .option('--tear-after <time>', 'when the event log is torn', '30s')
    .option('--for <time>', "stop after this much of the bot's time")
    .addHelpText(
      'after',
      `
Examples:
  kintsugi demo
  kintsugi demo --tear-after 5s --no-open
  kintsugi demo --dir ./demo --speed 5

No keys and no network. Ctrl-C stops it cleanly.

Exit codes: 0 it ran and stopped cleanly, 1 it could not, 64 wrong usage, 75 another bot owns the directory.`,
    )
    .action(async (options) => {
      const { demo } = await import('../commands/demo.ts');
      end(await demo(options));
    });

  kintsugi
    .command('inspect')
    .description(
      'Shows the page of a bot: of one that runs its address, of one that is over all that its records tell.',
    )
    .option(...DIR)
    .option('--port <n>', 'where the page of records is served (default: 7070, or the next that is free; 0: any)')
    .option('--open', 'open it in the browser')
    .addHelpText(
      'after',
      `
Examples:
  kintsugi inspect --open                                 the page of the bot that runs in ./bot
  kintsugi inspect --dir finished --port 0                look at what a bot left, until Ctrl-C

For a running bot the address is printed with its token, so only who may read run/inspector_token of its directory gets it.

Exit codes: 0 shown, 1 it could not be, 64 wrong usage.`,
    )
    .action(async (options) => {
      const { inspect } = await import('../commands/inspect.ts');
      end(await inspect(options));
    });
}
