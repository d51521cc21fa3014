/** The command line: its commands, and what an error says and exits with. */
import { Command, CommanderError } from 'commander';
import { CandleFileError } from '../adapters/candle-csv.ts';
import { CcxtError, Unreachable } from '../adapters/ccxt/load.ts';
import { keepCompiled } from '../adapters/compile-cache.ts';
import { FundingFileError } from '../adapters/funding-rates.ts';
import { CannotServe } from '../adapters/http/cannot-serve.ts';
import { faultOf } from '../adapters/node-files.ts';
import { StoreTrouble } from '../adapters/postgres/errors.ts';
import { FileFault } from '../ports/files.ts';
import { OwnedElsewhere } from '../ports/ownership.ts';
import { says } from '../ports/says.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { refuseTypedKeys } from './live/keys.ts';
import { configuring } from './program/configuring.ts';
import { fleet } from './program/fleet.ts';
import { leaving } from './program/leaving.ts';
import { mending } from './program/mending.ts';
import { DIR, directoryOfSettings, JSON_FLAG, settingOptions } from './program/options.ts';
import { proving } from './program/proving.ts';
import { understanding } from './program/understanding.ts';
import { watching } from './program/watching.ts';
import { quietWhenReaderLeaves, style, tell } from './terminal.ts';

const NAME = (): string => style('red', 'kintsugi:', process.stderr);

/** The command line as a whole. Each command is loaded when it is called; it says its exit code by `end`. */
function program(version: string, end: (code: number) => void): Command {
  const kintsugi = new Command('kintsugi')
    .description('A crypto-futures bot that trades on paper, mends itself, and shows every mend.')
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeErr: (text) => tell(text.trimEnd()),
      outputError: (text, write) => write(`${NAME()} ${text.replace(/^error: /, '')}`),
    })
    .addHelpText(
      'after',
      `
Examples:
  kintsugi demo                                           see a bot break and heal, in the browser
  kintsugi run                                            the simulated market, until Ctrl-C
  kintsugi run --feed replay:candles/ --speed max         recorded candles, as fast as it can
  kintsugi status                                         how the running bot is
  kintsugi doctor && echo sound                           look at the records, change nothing
  kintsugi explain signal_bus                             what happened to it, and what to do next
  kintsugi report --html report.html                      what the guards are worth, honestly
  kintsugi sim                                            see whether it keeps its promises, whatever happens

Exit codes: 0 fine, 1 failed or findings, 64 wrong usage, 70 crashed too often, 75 another bot owns the directory,
78 wrong configuration; status: 0 green, 1 yellow or unknown, 2 red, 3 not running, 4 not told. Set KINTSUGI_DEBUG=1 to see where an error came from.`,
    );

  kintsugi.hook('preAction', (_, command) => directoryOfSettings(command));

  const run = settingOptions(kintsugi.command('run'))
    .description('Runs the bot: trades on paper, heals itself, stops cleanly on Ctrl-C.')
    .option('--for <time>', "stop after this much of the bot's time: 90s, 30m, 2h, 1d")
    .option('--live', 'real orders, by keys from the environment, after you have confirmed it (docs/live.md)')
    .option('--json', 'the summary as one JSON document on stdout')
    .option('--stately', 'tell the statecharts to the Stately Inspector, too, where it attaches')
    .option('--no-guardian', 'in one process, which nobody starts again (so it is with --speed max)')
    .addHelpText(
      'after',
      `
Examples:
  kintsugi run --dir ./mine --symbols BTCUSDT,ETHUSDT
  kintsugi run --speed max --for 1d --seed 7              a simulated day, deterministic
  kintsugi run --feed replay:BTCUSDT.csv.gz --speed max --json
  kintsugi run --port 8080                                the page at http://127.0.0.1:8080
  kintsugi run --set guards.risk.maxDailyLoss=0.02        any setting, for this run

The page shows the bot live; it is served on this machine alone. To change something it needs the token, which is in
run/inspector_token of its directory (readable by its owner alone) and in the address that is printed on a terminal. With --speed max nothing
is served unless --port is given.

Settings come from the command line, else from the environment (KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS), else from the file, else
they have their defaults: kintsugi config keys lists them, kintsugi config show says which count and why.

The bot runs below a guardian, which starts it again when it crashes or hangs; logs/guardian.jsonl tells of it.

Exit codes: 0 it ran and stopped cleanly (Ctrl-C too), 1 it could not, 64 wrong usage, 68 --no-guardian: the exchange cannot be
reached, 69 --live: start-up was not green in time, 70 it crashed again and again and the guardian gave up, 75 another bot owns the directory or trades the account, 77 refused (--live, or it holds what
is not among the symbols) or not confirmed, 78 wrong configuration, 130 and 143 a second Ctrl-C or SIGTERM ended it
before the clean stop.`,
    )
    .action(async (options) => {
      const { guardedRun } = await import('./commands/guarded-run.ts');
      end(await guardedRun(options));
    });

  configuring(kintsugi, end);
  watching(kintsugi, end);

  const systemd = kintsugi
    .command('systemd')
    .description('Prints a systemd unit that runs the bot with these options, below its guardian and a watchdog.')
    .addHelpText(
      'after',
      `
Examples:
  kintsugi systemd --dir /srv/bot | sudo tee /etc/systemd/system/kintsugi.service
  kintsugi systemd --dir /srv/live --feed ccxt:binanceusdm --live

Exit codes: 0 printed, 64 wrong usage, 78 wrong configuration.`,
    )
    .action(async (options) => {
      const { systemdUnit } = await import('./commands/systemd.ts');
      end(systemdUnit(options));
    });
  for (const option of run.options) if (option.long !== '--json') systemd.addOption(option);

  kintsugi
    .command('status')
    .description('Asks the running bot how it is: verdict, components, broken invariants.')
    .option(...DIR)
    .option('--store <url>', 'of a whole fleet instead: who owns what, and how it is')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi status
  kintsugi status --json | jq .status
  kintsugi status --store postgres://worker@db/kintsugi   of all that work for a fleet

Exit codes: 0 green, 1 yellow or unknown (not known yet), 2 red (or it does not answer), 3 not running, 4 it could not be told
(a file that may not be read, a store that cannot be reached), 64 wrong usage.`,
    )
    .action(async (options) => {
      const ask = async (): Promise<number> => {
        if (options.store === undefined) return (await import('./commands/status.ts')).status(options);
        const { fleetStatus } = await import('./fleet/fleet-status.ts');
        const { withStore } = await import('./fleet/open-store.ts');
        return withStore(options.store, (connection) => fleetStatus(connection, options.json ?? false));
      };
      end(await ask().catch((error: unknown) => told(explain(error))));
    });

  mending(kintsugi, end);
  understanding(kintsugi, end);
  leaving(kintsugi, end);
  proving(kintsugi, end);
  fleet(kintsugi, end);
  sendToOwnHelp(kintsugi, 'kintsugi');
  return kintsugi;
}

/** Who typed a command wrong is sent to the help of that command. */
function sendToOwnHelp(command: Command, typed: string): void {
  command.showHelpAfterError(`(see: ${typed} --help)`);
  for (const below of command.commands) sendToOwnHelp(below, `${typed} ${below.name()}`);
}

/** What the system refuses to whoever asked it directly, in the words of the bot's files; `null` for any other error. */
function refusalOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall, path }: NodeJS.ErrnoException = error;
  if (code === undefined || syscall === undefined || path === undefined) return null;
  return faultOf(syscall, path, error).message;
}

/** As what `status` ends with: what it uses itself means something else there. */
const told = (code: number): number => (code === EXIT.failed ? EXIT.notTold : code);

/** Says an error in the words of a person, and which exit code it means. No stack trace unless `KINTSUGI_DEBUG` is set. */
function explain(error: unknown): number {
  // Commander has already said what is wrong; help and the version, when asked for, are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const refusal = refusalOf(error);
  tell(`${NAME()} ${refusal ?? says(error)}`);
  if (process.env.KINTSUGI_DEBUG && error instanceof Error) tell(error.stack);
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof Unreachable) return EXIT.unreachable;
  if (error instanceof OwnedElsewhere) return EXIT.ownedElsewhere;
  const foreseen =
    refusal !== null ||
    error instanceof StoreTrouble ||
    error instanceof FileFault ||
    error instanceof CandleFileError ||
    error instanceof FundingFileError ||
    error instanceof CannotServe ||
    error instanceof CcxtError;
  if (!foreseen) tell('This was not foreseen. KINTSUGI_DEBUG=1 shows where it came from.');
  return EXIT.failed;
}

/** Does what this process was called to do, and sets its exit code. Never rejects. */
export async function runCommandLine(version: string): Promise<void> {
  keepCompiled(process.env);
  quietWhenReaderLeaves();
  process.on('uncaughtException', (error) => process.exit(explain(error)));
  process.on('unhandledRejection', (error) => process.exit(explain(error)));
  try {
    refuseTypedKeys(process.argv.slice(2));
    await program(version, (code) => {
      process.exitCode = code;
    }).parseAsync();
  } catch (error) {
    process.exitCode = explain(error);
  }
}
