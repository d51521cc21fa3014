import { availableParallelism } from 'node:os';
import { processTime } from '../../adapters/process-time.ts';
import { readIfThere } from '../../adapters/read-only.ts';
import { writeDocument } from '../../adapters/write-document.ts';
import { isVacant, writeFolder } from '../../adapters/write-folder.ts';
import { quoted } from '../../healing/words.ts';
import { drawScript } from '../../sim/draw-script.ts';
import { meetable } from '../../sim/meetable.ts';
import type { Script } from '../../sim/script.ts';
import { parseScript, ScriptFileError } from '../../sim/script-file.ts';
import { openSimulators, type Simulator } from '../../sim/simulators.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { onStopPresses } from '../presses.ts';
import { simDocument } from '../sim/document.ts';
import { type Findings, passes } from '../sim/findings.ts';
import { simProgress } from '../sim/progress.ts';
import { prove } from '../sim/prove.ts';
import { sayFindings } from '../sim/say-findings.ts';
import { type SimFlags, type SimWish, simWish } from '../sim/wish.ts';
import { counted, say, style, tell } from '../terminal.ts';

/** Throws {@link CliError}. */
function scriptIn(file: string): Script {
  const cannot = (why: string): CliError => new CliError(`--script ${file}: ${why}`);
  let bytes: Uint8Array | null;
  try {
    bytes = readIfThere(file);
  } catch (error) {
    throw cannot(`it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (bytes === null) throw cannot('there is no such file');
  try {
    return parseScript(new TextDecoder().decode(bytes)).script;
  } catch (error) {
    throw error instanceof ScriptFileError ? cannot(error.message) : error;
  }
}

function sayWhat({ what }: SimWish): string {
  if (what.is === 'script') return what.file;
  const { from, count, hours, faults } = what;
  const seeds = count === 1 ? `seed ${from}` : `${counted(count, 'seed')} from ${from}`;
  return `${seeds}, ${hours} h of faults each${faults === null ? '' : ` (${faults})`}`;
}

/** What somebody keeps in a folder is not written over; it is looked at before, not after, hours of simulation. */
function checkOut(out: string | null): void {
  if (out === null) return;
  let isFree: boolean;
  try {
    isFree = isVacant(out);
  } catch (error) {
    throw new CliError(`--out ${out}: nothing can be written there (${(error as NodeJS.ErrnoException).code})`);
  }
  if (!isFree) throw new CliError(`--out ${out}: something is there already. Name a folder that is new or empty`);
}

/** Of which script the disk and the decisions are kept: the one that failed, else the last. */
function keptScript(
  { failure }: Findings,
  { what }: SimWish,
  given: Script | null,
  draw: (seed: number) => Script,
): Script {
  if (failure !== null) return failure.script;
  if (given !== null) return given;
  if (what.is !== 'seeds') throw new RangeError('no script was given');
  return draw(what.from + what.count - 1);
}

/** Writes what was asked for of a run; on a disk that refuses it throws {@link CliError}. */
async function keep(script: Script, { out, trace }: SimWish, simulator: Simulator): Promise<void> {
  const { disk, decided } = await simulator.keep(script);
  try {
    if (trace === '-') for (const line of decided) say(line);
    else if (trace !== null) writeDocument(trace, decided.map((line) => `${line}\n`).join(''));
    if (out !== null) writeFolder(out, disk);
  } catch (error) {
    throw new CliError(`what seed ${script.seed} left could not be written (${(error as Error).message})`);
  }
  if (out !== null)
    tell(
      `the disk of seed ${script.seed} is in ${out}: kintsugi inspect --dir ${quoted(out)} shows it, doctor and verify check it`,
    );
}

/**
 * `kintsugi sim`: the whole bot against a simulated world, seed after seed.
 * @returns the exit code. Throws {@link CliError}.
 */
export async function sim(flags: SimFlags): Promise<number> {
  if (flags.fleet) return (await import('./sim-fleet.ts')).simFleet(flags);
  const wish = simWish(flags, availableParallelism());
  const { what, json, trace, out } = wish;
  const given = what.is === 'script' ? scriptIn(what.file) : null;
  checkOut(out);
  const draw = (seed: number): Script => {
    if (what.is !== 'seeds') throw new RangeError('a script was given; no seed is drawn');
    const { hours, kinds, every, meet } = what;
    return drawScript(seed, { hours, meet, ...(kinds ? { kinds } : {}), ...(every ? { everyMs: every.ms } : {}) });
  };
  const time = processTime();
  const progress = simProgress(time);
  const asked = what.is === 'seeds' ? what.count : 1;
  const simulators = openSimulators(Math.min(wish.workers, wish.shrinkRuns > 0 ? wish.workers : asked));
  const stop = new AbortController();
  const deaf = onStopPresses(time, (signal, presses) => {
    progress.clear();
    if (presses > 1) process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
    tell(`${signal}: ending with what was seen so far`);
    stop.abort();
    void simulators.close();
  });
  tell(
    `${style('bold', 'kintsugi sim', process.stderr)}  ${sayWhat(wish)} on ${counted(simulators.all.length, 'thread')}; Ctrl-C ends it with what was seen so far`,
  );
  try {
    const [first] = simulators.all;
    const findings = await prove(wish, {
      simulators: simulators.all,
      draw,
      given,
      possible: meetable,
      time,
      entry: process.argv[1] ?? '',
      folder: process.cwd(),
      stop: stop.signal,
      onStage: progress.show,
    });
    progress.clear();
    if (json) say(JSON.stringify(simDocument(findings, wish), null, 2));
    else if (trace !== '-') sayFindings(findings);
    if (first && (out ?? trace) !== null && !stop.signal.aborted)
      await keep(keptScript(findings, wish, given, draw), wish, first);
    if (findings.failure === null && findings.isInterrupted) return EXIT.interrupted;
    return passes(findings) ? EXIT.done : EXIT.failed;
  } finally {
    progress.clear();
    deaf();
    await simulators.close();
  }
}
