import { type Command, InvalidArgumentError } from 'commander';

/** An empty path would be the folder one happens to be in: most likely a variable of a script that was not set. */
const directory = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty; name a directory.');
  return text;
};

/** Where bots are when nothing says otherwise. */
const DEFAULT_DIR = './bot';

/** Options that many commands share, as `.option(...DIR)` takes them. */
export const DIR = ['-d, --dir <dir>', "the bot's directory", directory, DEFAULT_DIR] as const;
export const JSON_FLAG = ['--json', 'one JSON document on stdout, for machines'] as const;

/** An option that may be typed several times. */
export const collected = (word: string, before: readonly string[] = []): readonly string[] => [...before, word];

/** Options that say settings. What is not typed here, the environment or the file may say. */
export function settingOptions(command: Command): Command {
  return command
    .option('-d, --dir <dir>', `the bot's directory (default: ${DEFAULT_DIR})`, directory)
    .option(
      '--feed <feed>',
      'sim, replay:FILE or replay:DIR (candles as CSV or CSV.gz, a symbol a file), or ccxt:EXCHANGE (live prices) (default: sim)',
    )
    .option('--symbols <a,b>', "symbols, separated by commas (default: the feed's own)")
    .option('--testnet', "the exchange's test network: real protocol, play money")
    .option('--speed <n>', '1 is real time, N is N times as fast, max as fast as it can (default: 1)')
    .option('--seed <n>', 'the same seed, feed and --speed max give the same records (default: 1)')
    .option('-c, --config <file>', 'a file with settings (default: kintsugi.jsonc, where there is one)')
    .option('--no-config', 'no file with settings, though there is one')
    .option('--set <key=value>', 'any setting, as guards.risk.maxDailyLoss=0.02; as often as you like', collected)
    .option('--port <n>', 'where the page is served (default: 7070, or the next that is free up to 7079; 0: any)')
    .option('--no-http', 'no page, no API, no metrics')
    .option('--host <address>', 'not only for this machine; then everything needs the token (default: 127.0.0.1)')
    .option(
      '--origin <url>',
      'where a proxy with TLS has the page, as https://bot.example.org; everything needs the token',
    );
}

/** The directory that is looked at where none is typed: a bot that has one in its settings is found there. */
export async function directoryOfSettings(command: Command): Promise<void> {
  if (command.getOptionValueSource('dir') !== 'default') return;
  const { settledDirectory } = await import('../config/settled-directory.ts');
  command.setOptionValueWithSource('dir', settledDirectory(process.env), 'config');
}
