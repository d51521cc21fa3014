import { join, resolve } from 'node:path';
import { hasScreen, openInBrowser } from '../../adapters/browser.ts';
import { tryPort } from '../../adapters/http/try-port.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { EXCHANGE_FILE, paperState } from '../../adapters/paper-state.ts';
import { processTime } from '../../adapters/process-time.ts';
import { readIfThere } from '../../adapters/read-only.ts';
import { temporaryFolder } from '../../adapters/temporary-folder.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { wholeFileStore } from '../../adapters/whole-file-store.ts';
import type { IncidentRecord } from '../../healing/ledger.ts';
import { quoted, sayDuration } from '../../healing/words.ts';
import type { RunningBot } from '../bot.ts';
import { type BotConfig, DEFAULT_CONFIG } from '../config.ts';
import { parseDuration } from '../duration.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { readIncidents } from '../read-incidents.ts';
import { ProgressLine, style, tell } from '../terminal.ts';
import { optionsOf, type RunFlags, run, wantedBy } from './run.ts';

/** `kintsugi demo` as commander hands it over. */
export interface DemoFlags {
  readonly dir?: string;
  readonly port?: string;
  /** `false`: by `--no-open`. */
  readonly open?: boolean;
  readonly speed: string;
  readonly seed: string;
  readonly warm: string;
  readonly tearAfter: string;
  readonly for?: string;
}

const LOG_INVARIANT = 'signal_bus/log-verifies';
/** The last word before it happens. */
const WARNING_MS = 5_000;
/** How long it is waited for the healer, and how often it is looked, ms. */
const HEALED_WITHIN_MS = 60_000;
const LOOK_MS = 100;

/** The caps of an hour are for a market of minutes; here a bar is a second, and there is to be something to see. */
const DEMO_CONFIG: BotConfig = {
  ...DEFAULT_CONFIG,
  guards: { ...DEFAULT_CONFIG.guards, hourly: { ...DEFAULT_CONFIG.guards.hourly, overall: 60, perSymbol: 20 } },
};

function durationOf(name: string, text: string): number {
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms !== null) return ms;
  throw new CliError(`--${name} ${text}: a duration is a number and a unit: 500ms, 30s, 40m`, EXIT.usage);
}

/** What the paper exchange knows of prices: the market goes on from there. */
async function pricesIn(dir: string): Promise<Readonly<Record<string, number>>> {
  const files = nodeFiles(dir, { durability: 'written', watched: false });
  const loaded = await wholeFileStore(files).load(EXCHANGE_FILE, paperState);
  // What cannot be read is refused by the exchange itself, in its words.
  if (!loaded.ok) return {};
  const { marks } = loaded.value;
  return Object.fromEntries(Object.entries(marks).map(([symbol, { close }]) => [symbol, close]));
}

/** Simulates the time before the present as fast as it goes, so that there is a past to look at. */
async function warmUp(dir: string, warmMs: number, seed: number): Promise<void> {
  const progress = new ProgressLine();
  const time = processTime();
  const { startBot } = await import('../start-bot.ts');
  const bot = await startBot({
    dir,
    feed: { kind: 'sim' },
    symbols: null,
    speed: 'max',
    forMs: warmMs,
    startAt: time.present() - warmMs,
    seed,
    config: DEMO_CONFIG,
    onLine: () => undefined,
    onProgress: ({ fraction }) => progress.show(`warming up: ${((fraction ?? 0) * 100).toFixed(0)} %`),
  });
  const { ticks, trades } = await bot.finished;
  progress.clear();
  const took = sayDuration(time.uptimeSeconds() * 1_000);
  tell(`${sayDuration(warmMs)} of trading simulated in ${took}: ${ticks} ticks, ${trades.closed} trades closed`);
}

const loud = (text: string): void => tell(style('bold', text, process.stderr));

/** Tears the event log of a running bot after a while, and tells how it heals. @returns ends it */
function tearLater(bot: RunningBot, dir: string, tearMs: number): () => void {
  const clock = wallClock();
  const time = processTime();
  let waits = 0;
  const wait = (ms: number, then: () => void): void => {
    waits = clock.setTimeout(then, ms);
  };
  const healed = (since: number): IncidentRecord | undefined =>
    readIncidents(dir)
      .incidents.filter((one) => one.invariant === LOG_INVARIANT && Date.parse(one.opened_at) >= since)
      .findLast(({ status }) => status === 'healed');
  const watch = (since: number): void => {
    const incident = healed(since);
    if (incident) {
      loud(`healed in ${sayDuration(incident.healed_ms ?? 0)}, with proof:`);
      tell(`  before  ${incident.evidence_before.says}`);
      tell(`  after   ${incident.evidence_after?.says ?? ''}`);
      tell(
        `  kintsugi explain ${incident.incident_id} --dir ${quoted(dir)} tells it whole. It goes on until Ctrl-C; break it by the page's buttons.`,
      );
    } else if (time.present() - since > HEALED_WITHIN_MS) tell('it is not healed yet; the page says why');
    else wait(LOOK_MS, () => watch(since));
  };
  const tear = async (): Promise<void> => {
    const since = Date.parse(bot.status().bot_time ?? '') - 1;
    const came = await bot.command?.({ do: 'fault', fault: 'tear_log' });
    loud(`${came?.ok ? 'torn' : 'it could not be torn'}: ${came?.says ?? 'there is no page'}`);
    if (came?.ok) watch(since);
  };
  const tearNow = (): void => {
    tear().catch((error: unknown) => tell(`it could not be torn: ${error instanceof Error ? error.message : error}`));
  };
  loud(`in ${sayDuration(tearMs)} the event log will be torn: watch the signal bus on the page`);
  const warnMs = tearMs > WARNING_MS * 2 ? WARNING_MS : 0;
  wait(tearMs - warnMs, () => {
    if (warnMs === 0) return tearNow();
    tell(`in ${sayDuration(warnMs)} …`);
    wait(warnMs, tearNow);
  });
  return () => clock.clearTimeout(waits);
}

/** All that the run will refuse, while nothing is made yet. Throws {@link CliError}; rejects with `CannotServe`. */
async function lookAt(options: RunFlags, dir: string | undefined): Promise<void> {
  const { inspector } =
    dir === undefined ? wantedBy(options, DEMO_CONFIG) : optionsOf({ ...options, dir }, DEMO_CONFIG);
  if (inspector?.port) await tryPort(inspector.host, inspector.port);
}

/**
 * `kintsugi demo`: a bot on a simulated market, its page open, its event log torn and healed before one's eyes.
 * @returns the exit code. Throws {@link CliError}.
 */
export async function demo(flags: DemoFlags): Promise<number> {
  const warmMs = durationOf('warm', flags.warm);
  const tearMs = durationOf('tear-after', flags.tearAfter);
  if (flags.speed === 'max')
    throw new CliError('--speed max: there would be nothing to watch. Use a number', EXIT.usage);
  const options: RunFlags = {
    feed: 'sim',
    speed: flags.speed,
    seed: flags.seed,
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.for === undefined ? {} : { for: flags.for }),
  };
  await lookAt(options, flags.dir);
  const dir = flags.dir === undefined ? temporaryFolder('kintsugi-demo') : resolve(flags.dir);
  tell(
    `${style('bold', 'kintsugi demo', process.stderr)}  no keys, no network: a simulated market, paper money, in ${dir}`,
  );
  // A directory that has a past keeps its own.
  if (warmMs > 0 && readIfThere(join(dir, EXCHANGE_FILE)) === null) await warmUp(dir, warmMs, Number(flags.seed));
  let stopTearing: () => void = () => undefined;
  try {
    return await run(
      { ...options, dir },
      {
        config: DEMO_CONFIG,
        prices: await pricesIn(dir),
        began: (bot) => {
          stopTearing = tearLater(bot, dir, tearMs);
          const mayOpen = flags.open !== false && process.stderr.isTTY === true && hasScreen(process.env);
          if (!mayOpen || bot.address === null) return;
          void openInBrowser(bot.address).then((isOpen) => {
            if (!isOpen) tell('no browser could be opened: open the address yourself');
          });
        },
      },
    );
  } finally {
    stopTearing();
    tell(`what it left is in ${dir}: kintsugi inspect --dir ${quoted(dir)} shows it again`);
  }
}
