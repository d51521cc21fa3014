import { resolve } from 'node:path';
import { guardianLink } from '../../adapters/guardian-link.ts';
import { processTime } from '../../adapters/process-time.ts';
import { placeAt } from '../../adapters/read-only.ts';
import { quoted } from '../../healing/words.ts';
import type { BotOptions, LoneBotOptions, RunningBot, Summary } from '../bot.ts';
import { sayFile } from '../config/find-file.ts';
import { type ConfigFlags, isTyped, runSettings, saySources, variablesIn } from '../config/run-settings.ts';
import type { BotConfig } from '../config.ts';
import { parseDuration, sayDuration } from '../duration.ts';
import { exchangeUrl } from '../exchange-url.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { sayAddress } from '../inspector/say-address.ts';
import { inspectorWish } from '../inspector/wish.ts';
import type { LiveRunOptions } from '../live/live-run.ts';
import { refuseOnPaper } from '../live/one-account.ts';
import type { LiveSession } from '../live/session.ts';
import { onStopPresses } from '../presses.ts';
import { counted, ProgressLine, say, style, table, tell } from '../terminal.ts';

/** `kintsugi run` as commander hands it over. */
export interface RunFlags extends ConfigFlags {
  readonly for?: string;
  readonly json?: boolean;
  readonly live?: boolean;
  readonly stately?: boolean;
  /** `false`: by `--no-guardian`. */
  readonly guardian?: boolean;
}

const usage = (message: string): CliError => new CliError(message, EXIT.usage);

function feedOf(text: string, testnet: boolean): BotOptions['feed'] {
  if (text === 'sim') return { kind: 'sim' };
  if (text.startsWith('replay:') && text.length > 'replay:'.length)
    return { kind: 'replay', path: resolve(text.slice(7)) };
  const [, exchange] = /^ccxt:([a-z0-9]+)$/.exec(text) ?? [];
  if (exchange !== undefined) return { kind: 'ccxt', exchange, testnet, at: exchangeUrl(process.env) };
  throw usage(`--feed ${text}: there is no such feed. Use sim, or replay:FILE, or replay:DIR, or ccxt:EXCHANGE`);
}

function forOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw usage(`--for ${text}: a duration is a number and a unit: 500ms, 90s, 30m, 2h, 1d`);
}

/** The directory can be made, or is there and may be written to; nothing is written to find out. */
function checkDirectory(dir: string): void {
  const place = placeAt(dir);
  const elsewhere = 'Change its rights, or name another with --dir';
  if (place.is === 'taken') {
    throw new CliError(`${place.by} is no directory, and the bot needs one. Name another with --dir`);
  }
  if (place.is === 'folder' && !(place.readable && place.writable)) {
    throw new CliError(`${dir} may not be ${place.readable ? 'written' : 'read'} by this user. ${elsewhere}`);
  }
  if (place.is === 'nothing' && !place.creatable) {
    throw new CliError(`${dir} cannot be made: ${place.parent} may not be written by this user. ${elsewhere}`);
  }
}

/** What a program of one's own gives instead of the bot's, and is told. */
export interface RunParts extends Partial<Pick<BotOptions, 'strategies' | 'guards' | 'config' | 'prices'>> {
  /** The bot has begun to start. */
  readonly began?: (bot: RunningBot) => void;
}

type Wanted = Omit<LoneBotOptions, 'onLine' | 'onProgress'> & {
  /** Where settings come from besides the command line: the file, if there is one, and variables of the environment. */
  readonly file: string | null;
  readonly variables: readonly string[];
  /** What `--live` would be about. */
  readonly real: Omit<LiveRunOptions, 'isReborn'>;
};

/**
 * What was asked for, as far as the words tell. Throws {@link CliError}.
 * @param own a configuration that is complete: no file and no environment is asked
 */
export function wantedBy(flags: RunFlags, own?: BotConfig): Wanted {
  const settings = own === undefined ? runSettings(flags, process.env) : runSettings({ ...flags, config: false }, {});
  const { dir, feed: written, speed, seed, http } = settings.configuration;
  const feed = feedOf(written, settings.bot.exchange.testnet);
  // An exchange for tests may run faster than the world.
  if (feed.kind === 'ccxt' && (speed === 'max' || (speed !== 1 && feed.at === null)))
    throw usage(`--speed ${speed} with --feed ${written}: a live market knows real time only. Leave --speed away`);
  const forMs = forOf(flags.for);
  const typed = {
    host: isTyped(settings, 'http', 'host'),
    port: isTyped(settings, 'http', 'port'),
    origin: isTyped(settings, 'http', 'origin'),
  };
  const inspector = inspectorWish({ ...http, stately: flags.stately ?? false, typed }, speed);
  const config = own ?? settings.bot;
  // A replay has the symbols of its files, unless some of them were asked for just now.
  const symbols = isTyped(settings, 'symbols') ? settings.bot.symbols : null;
  const sources = { file: settings.file?.name ?? null, variables: variablesIn(settings) };
  const { exchange, leverage } = config;
  const real = { feed: written, speed, exchange, dir: resolve(dir), symbols: config.symbols, leverage };
  return { dir: resolve(dir), feed, symbols, speed, forMs, seed, config, inspector, real, ...sources };
}

/** All that was asked for, checked against what is there. Throws {@link CliError}; nothing was written. */
export function optionsOf(flags: RunFlags, own?: BotConfig): Wanted {
  const wanted = wantedBy(flags, own);
  const { feed, dir, speed, forMs } = wanted;
  if (speed === 'max' && feed.kind === 'sim' && forMs === null) {
    throw usage('--speed max on the simulated market would never end. Say how long with --for, e.g. --for 2h');
  }
  if (feed.kind === 'replay' && placeAt(feed.path).is === 'nothing') {
    throw new CliError(`${feed.path}: there is no such file or folder. Check what stands after replay:`);
  }
  checkDirectory(dir);
  return wanted;
}

function count(record: Readonly<Record<string, number>>): readonly string[][] {
  const rows = Object.entries(record)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => [`  ${name}`, n.toLocaleString('en-US')]);
  return rows.length > 0 ? rows : [['  none', '']];
}

const fundingInWords = (usd: number): string =>
  `${Math.abs(usd).toFixed(2)} USD of funding ${usd > 0 ? 'that was got' : 'that was paid'}`;

function saySummary(summary: Summary, tookMs: number): void {
  const { trades, exits, pnl_usd: pnl, incidents } = summary;
  const span = summary.from && summary.to ? `${summary.from} to ${summary.to}` : 'no candle arrived';
  say();
  say(
    `${style('bold', 'What this run came to')}  ${counted(summary.ticks, 'tick')}, ${span}, in ${sayDuration(tookMs)}`,
  );
  say(
    table([
      [
        'Incidents',
        `${incidents.total}: ${incidents.healed} healed, ${incidents.failed} failed, ${incidents.open} open when it stopped`,
      ],
    ]),
  );
  say(style('bold', 'What all runs in this directory came to'));
  say(table([['Signals by state', ''], ...count(summary.signals_by_state)]));
  say(table([['Decisions by guard (APPROVED: none blocked)', ''], ...count(summary.decisions_by_guard)]));
  say(
    table([
      ['Trades', `${trades.closed} closed, ${trades.won} of them won, ${trades.open} still open`],
      [
        'Exits',
        `${exits.total}, ${exits.ambiguous} of them ambiguous: the order of prices within a bar is not known, the worst was taken`,
      ],
      [
        'P&L',
        `${pnl.realised.toFixed(2)} USD realised after ${pnl.fees.toFixed(2)} USD of fees and ${fundingInWords(pnl.funding)}; equity ${pnl.equity === null ? 'not known: the exchange did not say' : `${pnl.equity.toFixed(2)} USD`}`,
      ],
    ]),
  );
}

function sayFeed(feed: BotOptions['feed']): string {
  if (feed.kind === 'sim') return 'simulated market';
  if (feed.kind === 'replay') return `recorded candles from ${feed.path}`;
  return `live prices of ${feed.exchange}${feed.testnet ? ', its test network' : ''}${feed.at ? `, at ${feed.at.origin}` : ''}`;
}

/** Lines a person wants to see pass by; the rest is in the log. At `max` trades would fly past unread. */
const isNews = (level: string, message: string, speed: BotOptions['speed']): boolean =>
  level !== 'info' ||
  /HEALING|\[LIVE\]|kill switch|recording goes on|feed has ended|stopping|runs in/.test(message) ||
  (speed !== 'max' && /^(opened|increased|reduced|closed|adopted) /.test(message));

const lineOf = (level: 'info' | 'warn' | 'error', message: string): string => {
  const colour = message.includes('HEALING')
    ? 'yellow'
    : level === 'error'
      ? 'red'
      : level === 'warn'
        ? 'yellow'
        : 'dim';
  return style(colour, message, process.stderr);
};

/** Repeated warnings (gaps in a recording) are shown so often, then only counted; all of them are in the log. */
const SHOWN_WARNINGS = 10;

/** How long what is left of a bot that failed may take to end by itself, ms. */
const ORPHANS_END_AFTER_MS = 2_000;

/**
 * Runs the bot in this process, to its end.
 * @param parts instead of the bot's own, for programs that have theirs
 * @returns the exit code. Throws {@link CliError} and what `startBot` throws.
 */
export async function run(flags: RunFlags, { began, ...parts }: RunParts = {}): Promise<number> {
  const link = guardianLink();
  const { file, variables, real, ...options } = optionsOf(flags, parts.config);
  if (!flags.live) refuseOnPaper(options.dir);
  const progress = new ProgressLine();
  const time = processTime();
  let warnings = 0;
  let bot: RunningBot | null = null;
  let live: LiveSession | null = null;
  /** Why it is to stop, and how often that was said. */
  const wish = { presses: 0, why: '' };
  const stop = (why: string): void => {
    wish.why = why;
    bot?.stop(why);
  };
  // Ctrl-C reaches this process, and once more by way of its guardian: the presses are counted on both ways, never added.
  const heed = (signal: string, presses: number): void => {
    if (presses <= wish.presses) return;
    wish.presses = presses;
    progress.clear();
    if (presses > 1) {
      tell(
        `${signal} again: ended at once. What was acknowledged is on disk; orders under way are asked for at the next start`,
      );
      process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
    }
    tell(`${signal}: stopping cleanly (once more ends it at once)`);
    stop(signal);
  };
  const deaf = onStopPresses(time, heed);
  link?.onAsk(({ signal, presses }) => heed(signal, presses));
  link?.onGone(() => {
    progress.clear();
    tell('the guardian of this bot has died: stopping cleanly');
    stop('its guardian has died');
  });

  const money = flags.live ? 'REAL ORDERS' : 'paper money';
  tell(
    `${style('bold', 'kintsugi', process.stderr)}  ${sayFeed(options.feed)}, ${money}, speed ${options.speed}, seed ${options.seed}${saySources(file, variables)}`,
  );
  tell(
    `records in ${options.dir}/logs; Ctrl-C stops it cleanly; kintsugi status --dir ${quoted(sayFile(options.dir))} asks how it is`,
  );
  try {
    const lives = flags.live ? await import('../live/live-run.ts') : null;
    live = lives && (await lives.liveRun({ ...real, isReborn: (link?.word ?? null) !== null }));
    const { startBot } = await import('../start-bot.ts');
    bot = await startBot({
      ...options,
      ...parts,
      live,
      ...(link?.word ? { born: link.word } : {}),
      onLine: (level, message) => {
        if (!isNews(level, message, options.speed)) return;
        if (level === 'warn' && !message.includes('HEALING') && ++warnings > SHOWN_WARNINGS) return;
        progress.clear();
        tell(lineOf(level, message));
        if (warnings === SHOWN_WARNINGS && level === 'warn') tell('(further warnings are in logs/bot_out.log)');
      },
      onProgress: ({ at, ticks, fraction }) => {
        progress.show(() => {
          const part = fraction === null ? '' : `${(fraction * 100).toFixed(1)} %  `;
          const now = `${new Date(at).toISOString().slice(0, 19)}Z`;
          return `${part}${now}  ${counted(ticks, 'tick')}  ${bot?.status().status ?? 'starting'}`;
        });
      },
    });
    link?.prove(bot.proof);
    if (bot.address !== null) sayAddress(bot.address, options.inspector, options.dir);
    began?.(bot);
    if (wish.why !== '') bot.stop(wish.why);
    const summary = await bot.finished.finally(() => link?.leave());
    progress.clear();
    lives?.refuseNotGreen(live);
    if (flags.json) say(JSON.stringify({ schema: 1, ...summary }, null, 2));
    else saySummary(summary, time.uptimeSeconds() * 1_000);
    return EXIT.done;
  } catch (error) {
    // Orphans of a bot that failed would keep this process alive, and its guardian would believe it.
    if (bot !== null) time.every(ORPHANS_END_AFTER_MS, () => process.exit());
    if (live === null) throw error;
    const { withoutKeys } = await import('../live/live-run.ts');
    throw withoutKeys(error, live);
  } finally {
    deaf();
    await live?.close();
  }
}
