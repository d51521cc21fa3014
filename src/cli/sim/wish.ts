/** What `kintsugi sim` was asked for, as far as the words tell. */
import { resolve } from 'node:path';
import { FAULT_KINDS, type FaultKind } from '../../sim/fault-kinds.ts';
import { FaultSpecError, parseFaults } from '../../sim/fault-spec.ts';
import { parseDuration } from '../duration.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { nearest } from '../nearest.ts';

/** `kintsugi sim` as commander hands it over. */
export interface SimFlags {
  readonly seeds?: string;
  readonly from?: string;
  readonly seed?: string;
  readonly hours?: string;
  readonly faults?: string;
  readonly every?: string;
  readonly meet?: boolean;
  readonly script?: string;
  readonly out?: string;
  readonly trace?: string;
  readonly shrink?: string;
  readonly workers?: string;
  /** `true` by `--twice`, `false` by `--no-twice`. */
  readonly twice?: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
  /** A fleet instead of one bot. */
  readonly fleet?: boolean;
}

/** Seeds to draw scripts from. */
export interface Seeds {
  readonly from: number;
  readonly count: number;
  readonly hours: number;
  /** Each as often as it weighs; `null`: all there are. */
  readonly kinds: readonly FaultKind[] | null;
  /** As it was written, for the command that replays a seed. */
  readonly faults: string | null;
  /** Between two faults, ms, and as it was written. */
  readonly every: { readonly ms: number; readonly text: string } | null;
  /** Faults wait for every state of every component. */
  readonly meet: boolean;
}

export interface SimWish {
  /** What is simulated: scripts of seeds, or the one of a file. */
  readonly what: ({ readonly is: 'seeds' } & Seeds) | { readonly is: 'script'; readonly file: string };
  /** Where the disk of the end goes. */
  readonly out: string | null;
  /** Where all that was decided goes; `-` is stdout. */
  readonly trace: string | null;
  /** Runs that may be spent on cutting a failing script down. */
  readonly shrinkRuns: number;
  readonly workers: number;
  /** Which seeds are run in another process, too. */
  readonly twice: 'all' | 'first' | 'none';
  /** All seeds are run, whatever fails. */
  readonly keepGoing: boolean;
  readonly json: boolean;
}

const DEFAULT_SEEDS = 100;
const DEFAULT_HOURS = 2;
const DEFAULT_SHRINK_RUNS = 300;
/** A year: longer than that nobody waits. */
const MOST_HOURS = 8_760;

const usage = (message: string): CliError => new CliError(message, EXIT.usage);

export function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw usage(`--${name} ${text}: a whole number from ${least} on is wanted`);
}

function hoursOf(text: string): number {
  const hours = Number(text);
  if (text.trim() !== '' && hours > 0 && hours <= MOST_HOURS) return hours;
  throw usage(`--hours ${text}: a number of hours is wanted, as 2 or 0.5, and at most ${MOST_HOURS}`);
}

function kindsOf(spec: string): readonly FaultKind[] {
  try {
    return parseFaults(spec);
  } catch (error) {
    if (!(error instanceof FaultSpecError)) throw error;
    const meant = error.unknown === null ? null : nearest(error.unknown, FAULT_KINDS);
    const advice =
      error.unknown === null
        ? ''
        : meant === null
          ? `. There are: ${FAULT_KINDS.join(', ')}`
          : `. Did you mean ${meant}?`;
    throw usage(`--faults ${spec}: ${error.message}${advice}`);
  }
}

function everyOf(text: string): NonNullable<Seeds['every']> {
  const ms = parseDuration(text);
  if (ms === null) throw usage(`--every ${text}: a duration is a number and a unit: 30s, 2m`);
  return { ms, text };
}

/** Options that together make no sense: the first word stands alone. */
function refuseBoth(flags: SimFlags, one: keyof SimFlags, others: readonly (keyof SimFlags)[], why: string): void {
  const other = others.find((name) => flags[name] !== undefined);
  if (flags[one] !== undefined && other !== undefined) throw usage(`--${one} with --${other}: ${why}`);
}

function whatOf(flags: SimFlags): SimWish['what'] {
  refuseBoth(flags, 'seed', ['seeds', 'from'], 'one seed is replayed, or many are run. Leave one of them away');
  refuseBoth(
    flags,
    'script',
    ['seed', 'seeds', 'from', 'hours', 'faults', 'every', 'meet'],
    'a script says all of it itself. Leave one of them away',
  );
  if (flags.script !== undefined) {
    if (flags.script.trim() === '') throw usage('--script: it is empty; name the file to run');
    return { is: 'script', file: resolve(flags.script) };
  }
  return {
    is: 'seeds',
    from: whole(flags.seed === undefined ? 'from' : 'seed', flags.seed ?? flags.from ?? '1', 0),
    count: flags.seed === undefined ? whole('seeds', flags.seeds ?? `${DEFAULT_SEEDS}`, 1) : 1,
    hours: hoursOf(flags.hours ?? `${DEFAULT_HOURS}`),
    kinds: flags.faults === undefined ? null : kindsOf(flags.faults),
    faults: flags.faults ?? null,
    every: flags.every === undefined ? null : everyOf(flags.every),
    meet: flags.meet ?? false,
  };
}

function placeOf(name: 'out' | 'trace', text: string | undefined): string | null {
  if (text === undefined) return null;
  if (text.trim() === '') throw usage(`--${name}: it is empty; name where it is to be written`);
  return text === '-' ? text : resolve(text);
}

/** @param cores how many workers there are where nothing is said. Throws {@link CliError}. */
export function simWish(flags: SimFlags, cores: number): SimWish {
  const what = whatOf(flags);
  // Who replays has a failure before him already: it is cut down when he says so.
  const isReplay = flags.seed !== undefined || flags.script !== undefined;
  const trace = placeOf('trace', flags.trace);
  if (trace !== null && !isReplay) throw usage('--trace: it is of one seed or one script; say --seed or --script, too');
  if (trace === '-' && flags.json) throw usage('--trace - with --json: only one of them can have stdout');
  return {
    what,
    out: placeOf('out', flags.out),
    trace,
    shrinkRuns: whole('shrink', flags.shrink ?? `${isReplay ? 0 : DEFAULT_SHRINK_RUNS}`, 0),
    workers: whole('workers', flags.workers ?? `${cores}`, 1),
    twice: flags.twice === undefined ? (isReplay ? 'none' : 'first') : flags.twice ? 'all' : 'none',
    keepGoing: flags.keepGoing ?? false,
    json: flags.json ?? false,
  };
}
