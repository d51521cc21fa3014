import { join } from 'node:path';
import { turned } from '../../adapters/event-loop.ts';
import { processTime } from '../../adapters/process-time.ts';
import { readIfThere } from '../../adapters/read-only.ts';
import { writeDocument } from '../../adapters/write-document.ts';
import {
  drawFleetScript,
  FLEET_FAULT_KINDS,
  type FleetFaultKind,
  type FleetScript,
} from '../../sim/fleet/fleet-script.ts';
import { fleetScriptText, parseFleetScript } from '../../sim/fleet/fleet-script-file.ts';
import { type FleetShrunk, shrinkFleet } from '../../sim/fleet/shrink-fleet.ts';
import { type FleetOutcome, simulateFleet } from '../../sim/fleet/simulate-fleet.ts';
import { ScriptFileError } from '../../sim/script-file.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { onStopPresses } from '../presses.ts';
import { SEEDS_FOR_ALL_KINDS } from '../sim/findings.ts';
import { type FleetWish, fleetWish } from '../sim/fleet-wish.ts';
import type { SimFlags } from '../sim/wish.ts';
import { counted, ProgressLine, say, style, table, tell } from '../terminal.ts';

interface Failure {
  readonly outcome: FleetOutcome;
  readonly replay: string;
  readonly cut: (FleetShrunk & { readonly replay: string }) | null;
}

interface Findings {
  readonly outcomes: readonly FleetOutcome[];
  readonly failures: readonly Failure[];
  readonly unfired: readonly FleetFaultKind[];
  /** The first seed had the same trace when it was run again. */
  readonly isSame: boolean;
  readonly isInterrupted: boolean;
  readonly tookSeconds: number;
}

function scriptIn(file: string): FleetScript {
  const bytes = readIfThere(file);
  if (bytes === null) throw new CliError(`--script ${file}: there is no such file`);
  try {
    return parseFleetScript(new TextDecoder().decode(bytes));
  } catch (error) {
    throw error instanceof ScriptFileError ? new CliError(`--script ${file}: ${error.message}`) : error;
  }
}

function* scriptsOf({ what }: FleetWish): Generator<FleetScript> {
  if (what.is === 'script') yield scriptIn(what.file);
  else for (let n = 0; n < what.count; n++) yield drawFleetScript(what.from + n, what.kinds);
}

function replayOf({ what }: FleetWish, seed: number): string {
  if (what.is === 'script') return `kintsugi sim --fleet --script ${what.file}`;
  const faults = what.kinds.length === FLEET_FAULT_KINDS.length ? '' : ` --faults ${what.kinds.join(',')}`;
  return `kintsugi sim --fleet --seed ${seed}${faults}`;
}

async function shrunk(
  script: FleetScript,
  { wrong }: FleetOutcome,
  { shrinkRuns }: FleetWish,
  isStopped: () => boolean,
): Promise<Failure['cut']> {
  const law = wrong[0]?.law;
  if (law === undefined || shrinkRuns === 0 || isStopped()) return null;
  const cut = await shrinkFleet(script, { law, simulate: simulateFleet, maxRuns: shrinkRuns, isStopped });
  const file = join(process.cwd(), `kintsugi-fleet-${script.seed}.json`);
  writeDocument(file, fleetScriptText(cut.script, law));
  return { ...cut, replay: `kintsugi sim --fleet --script ${file}` };
}

async function findingsOf(wish: FleetWish, isStopped: () => boolean, progress: ProgressLine): Promise<Findings> {
  const time = processTime();
  const outcomes: FleetOutcome[] = [];
  const failures: Failure[] = [];
  const decided: string[] = [];
  let first: FleetScript | null = null;
  for (const script of scriptsOf(wish)) {
    if (isStopped()) break;
    first ??= script;
    const outcome = await simulateFleet(
      script,
      wish.trace === null ? {} : { decided: (line) => void decided.push(line) },
    );
    outcomes.push(outcome);
    progress.show(`${counted(outcomes.length, 'seed')} of a fleet, ${counted(failures.length, 'failure')}`);
    // Whoever presses Ctrl-C is heard.
    await turned();
    if (outcome.wrong.length === 0) continue;
    const cut = failures.length === 0 ? await shrunk(script, outcome, wish, isStopped) : null;
    failures.push({ outcome, replay: replayOf(wish, script.seed), cut });
    if (!wish.keepGoing) break;
  }
  const tookSeconds = time.uptimeSeconds();
  const isSame = first === null || (await simulateFleet(first)).trace === outcomes[0]?.trace;
  const fired = new Set(outcomes.flatMap(({ faults }) => Object.keys(faults)));
  const kinds = wish.what.is === 'seeds' && outcomes.length >= SEEDS_FOR_ALL_KINDS ? wish.what.kinds : [];
  if (wish.trace === '-') for (const line of decided) say(line);
  else if (wish.trace !== null) writeDocument(wish.trace, decided.map((line) => `${line}\n`).join(''));
  const unfired = failures.length === 0 ? kinds.filter((kind) => !fired.has(kind)) : [];
  return { outcomes, failures, unfired, isSame, isInterrupted: isStopped(), tookSeconds };
}

const passes = ({ failures, unfired, isSame, isInterrupted }: Findings): boolean =>
  failures.length === 0 && unfired.length === 0 && isSame && !isInterrupted;

function totals({ outcomes }: Findings) {
  const faults: Partial<Record<FleetFaultKind, number>> = {};
  const counts = { claims: 0, commits: 0, acknowledged: 0, orders: 0, fills: 0 };
  for (const outcome of outcomes) {
    for (const [kind, times] of Object.entries(outcome.faults) as [FleetFaultKind, number][])
      faults[kind] = (faults[kind] ?? 0) + times;
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += outcome.counts[name];
  }
  return { faults, counts, simulatedMs: outcomes.reduce((sum, { simulatedMs }) => sum + simulatedMs, 0) };
}

function sayFailure({ outcome: { seed, wrong }, replay, cut }: Failure): void {
  say(style('red', `✖ seed ${seed} broke ${counted(new Set(wrong.map(({ law }) => law)).size, 'law')}`));
  for (const { law, says } of wrong.slice(0, 20)) say(`  ${style('bold', law)}: ${says}`);
  say(`replay: ${replay}`);
  if (cut === null) return;
  const { faults, setting } = cut.script;
  say(
    `\nshrunk to ${counted(faults.length, 'fault')} in ${counted(cut.runs, 'run')}${cut.isMinimal ? '' : '; the runs were spent, it may be fewer'}`,
  );
  say(
    table(
      faults.map(({ at, kind }) => [`${at} ms`, kind]),
      '  ',
    ),
  );
  say(`  setting: ${JSON.stringify(setting)}`);
  say(`replay: ${cut.replay}`);
}

function sayFindings(findings: Findings): void {
  const { outcomes, failures, unfired, isSame, isInterrupted, tookSeconds } = findings;
  const { faults, counts, simulatedMs } = totals(findings);
  say(
    `${counted(outcomes.length, 'seed')} of a fleet, ${(simulatedMs / 60_000).toFixed(1)} simulated minutes in ${tookSeconds.toFixed(1)} s: ${counts.claims} claims, ${counts.commits} commits, ${counts.acknowledged} records acknowledged, ${counts.orders} orders, ${counts.fills} fills`,
  );
  say(
    table(
      FLEET_FAULT_KINDS.flatMap((kind) => (faults[kind] ? [[kind, String(faults[kind])]] : [])),
      '  ',
    ),
  );
  for (const failure of failures) sayFailure(failure);
  if (unfired.length > 0) say(style('red', `✖ never happened, and so prove nothing: ${unfired.join(', ')}`));
  if (!isSame) say(style('red', '✖ the first seed was not the same when it was run again'));
  if (isInterrupted) say(style('yellow', '▲ it was stopped before all seeds were run'));
  if (passes(findings)) say(style('green', '✔ no law was broken'));
}

function document(findings: Findings, { what }: FleetWish): Readonly<Record<string, unknown>> {
  const { outcomes, failures, unfired, isSame, isInterrupted, tookSeconds } = findings;
  const { faults, counts, simulatedMs } = totals(findings);
  return {
    schema: 1,
    fleet: true,
    passed: passes(findings),
    interrupted: isInterrupted,
    ...(what.is === 'seeds' ? { from: what.from, asked: what.count } : { script: what.file }),
    seeds: outcomes.length,
    took_s: tookSeconds,
    simulated_minutes: Math.round(simulatedMs / 600) / 100,
    totals: counts,
    faults,
    never_fired: unfired,
    same_again: isSame,
    failures: failures.map(({ outcome: { seed, wrong }, replay, cut }) => ({
      ...{ seed, wrong, replay },
      shrunk: cut && { replay: cut.replay, runs: cut.runs, minimal: cut.isMinimal, script: cut.script },
    })),
    traces: outcomes.map(({ seed, trace }) => ({ seed, trace })),
  };
}

/**
 * `kintsugi sim --fleet`: workers, leases and fences against a simulated store, seed after seed.
 * @returns the exit code. Throws {@link CliError}.
 */
export async function simFleet(flags: SimFlags): Promise<number> {
  const wish = fleetWish(flags);
  const progress = new ProgressLine();
  let stopped = false;
  const deaf = onStopPresses(processTime(), (signal, presses) => {
    progress.clear();
    if (presses > 1) process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
    tell(`${signal}: ending with what was seen so far`);
    stopped = true;
  });
  try {
    const findings = await findingsOf(wish, () => stopped, progress);
    progress.clear();
    if (wish.json) say(JSON.stringify(document(findings, wish), null, 2));
    else if (wish.trace !== '-') sayFindings(findings);
    if (findings.isInterrupted) return EXIT.interrupted;
    return passes(findings) ? EXIT.done : EXIT.failed;
  } finally {
    progress.clear();
    deaf();
  }
}
