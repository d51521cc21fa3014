#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { FileFault } from '../ports/files.ts';
import { OwnedElsewhere } from '../ports/ownership.ts';
import { Complaint } from './complaint.ts';
import { parseDuration } from './duration.ts';
import { EXIT } from './exit-codes.ts';
import { parseFeed, parseSeed, parseSpeed, parseSymbols } from './run-arguments.ts';
import { type Terminal, terminal } from './terminal.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const DIR = ['-d, --dir <dir>', "the bot's directory", './bot'] as const;
const JSON_FLAG = ['--json', 'one JSON document on stdout, for machines'] as const;

/** A parser's RangeError as commander wants it: wrong usage, in the words of the parser. */
const argument =
  <T>(parse: (text: string) => T) =>
  (text: string): T => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };

/** The command line as a whole. Each command is loaded when it is called; it says its exit code by `end`. */
function program(io: Terminal, end: (code: number) => void): Command {
  const kintsugi = new Command('kintsugi')
    .description('A crypto-futures bot that trades on paper, mends itself, and shows every mend.')
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeErr: (text) => io.say(text.trimEnd()),
      outputError: (text, write) => write(`${io.paintWords('red', 'kintsugi:')} ${text.replace(/^error: /, '')}`),
    })
    .showHelpAfterError('(see: kintsugi --help)')
    .addHelpText(
      'after',
      `
Examples:
  kintsugi run                                            the simulated market, until Ctrl-C
  kintsugi run --feed replay:candles/ --speed max         recorded candles, as fast as it can
  kintsugi status                                         how the running bot is
  kintsugi doctor && echo sound                           look at the records, change nothing

Exit codes: 0 fine, 1 failed or findings, 64 wrong usage, 75 another bot owns the directory, 78 wrong configuration;
status: 0 green, 1 yellow, 2 red, 3 not running. Set KINTSUGI_DEBUG=1 to see where an error came from.`,
    );

  kintsugi
    .command('run')
    .description('Runs the bot: trades on paper, heals itself, stops cleanly on Ctrl-C.')
    .option(...DIR)
    .option('--feed <feed>', 'sim, replay:FILE or replay:DIR (candles as CSV or CSV.gz, a symbol a file)', argument(parseFeed), {
      kind: 'sim',
    } as const)
    .option('--symbols <a,b>', "symbols, separated by commas (default: the feed's own)", argument(parseSymbols))
    .option('--speed <n>', '1 is real time, N is N times as fast, max as fast as it can', argument(parseSpeed), 1)
    .option('--for <time>', 'stop after this much of the bot\'s time: 90s, 30m, 2h, 1d', argument(parseDuration))
    .option('--seed <n>', 'the same seed, feed and speed max give the same records', argument(parseSeed), 1)
    .option('-c, --config <file>', 'a JSON file with settings (see README)')
    .option('--json', 'the summary as one JSON document on stdout')
    .addHelpText(
      'after',
      `
Examples:
  kintsugi run --dir ./mine --symbols BTCUSDT,ETHUSDT
  kintsugi run --speed max --for 1d --seed 7              a simulated day, deterministic
  kintsugi run --feed replay:BTCUSDT.csv.gz --speed max --json

Exit codes: 0 it ran and stopped cleanly (Ctrl-C too), 1 it could not, 64 wrong usage, 75 another bot owns the directory,
78 wrong configuration, 130 and 143 a second Ctrl-C or SIGTERM ended it before the clean stop.`,
    )
    .action(async (options) => {
      const { run } = await import('./commands/run.ts');
      end(await run(options, io));
    });

  kintsugi
    .command('status')
    .description('Asks the running bot how it is: verdict, components, broken invariants.')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExit codes: 0 green, 1 yellow, 2 red (or it does not answer), 3 not running.')
    .action(async (options) => {
      const { status } = await import('./commands/status.ts');
      end(await status(options, io));
    });

  kintsugi
    .command('doctor')
    .description('Looks at every record in a directory and changes nothing. Works while a bot runs there, too.')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExit codes: 0 sound, 1 findings (each with file, line, offset and reason) or no such directory.')
    .action(async (options) => {
      const { doctor } = await import('./commands/doctor.ts');
      end(await doctor(options, io));
    });

  kintsugi
    .command('heal')
    .description('Mends the records of a bot that does not run. What cannot be read goes to quarantine; nothing is deleted.')
    .option(...DIR)
    .option('-n, --dry-run', 'say exactly what would be done, write nothing')
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExit codes: 0 sound (now), 1 findings remain, 75 a bot runs there and heals itself.')
    .action(async (options) => {
      const { heal } = await import('./commands/heal.ts');
      end(await heal(options, io));
    });

  kintsugi
    .command('incidents')
    .description('What broke, what was done about it, and what proved it healed.')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText('after', '\nExit codes: 0 told (there may be none), 1 it cannot be read.')
    .action(async (options) => {
      const { incidents } = await import('./commands/incidents.ts');
      end(await incidents(options, io));
    });
  return kintsugi;
}

/** Says an error in the words of a person, and which exit code it means. */
function explain(error: unknown, io: Terminal): number {
  const say = (what: string, advice: string | null): void => {
    io.progress(null);
    io.say(`${io.paintWords('red', 'kintsugi:')} ${what}`);
    if (advice !== null) io.say(`  ${advice}`);
    if (process.env.KINTSUGI_DEBUG && error instanceof Error) io.say(error.stack ?? '');
  };
  if (error instanceof CommanderError) {
    // Commander has already said what is wrong. Help and the version that were asked for are no errors.
    const asked = error.exitCode === 0;
    return asked ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof Complaint) {
    say(error.message, error.advice);
    return error.exitCode;
  }
  if (error instanceof OwnedElsewhere) {
    say(error.message, null);
    return EXIT.owned;
  }
  if (error instanceof FileFault) {
    say(error.message, 'Nothing else was changed. Correct this and run the command again.');
    return EXIT.failed;
  }
  const message = error instanceof Error ? error.message : String(error);
  const { code } = error as NodeJS.ErrnoException;
  const ours = error instanceof Error && (error.name === 'CandleFileError' || code !== undefined);
  say(message, ours ? null : 'This was not expected. Run it again with KINTSUGI_DEBUG=1 to see where it came from.');
  return EXIT.failed;
}

const io = terminal();
process.on('uncaughtException', (error) => process.exit(explain(error, io)));
process.on('unhandledRejection', (error) => process.exit(explain(error, io)));
try {
  await program(io, (code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  process.exitCode = explain(error, io);
}
