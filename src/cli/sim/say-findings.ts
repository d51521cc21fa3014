import { sayCell } from '../../sim/coverage.ts';
import { sayDuration } from '../duration.ts';
import { counted, say, style, table } from '../terminal.ts';
import { type Failure, type Findings, passes, SEEDS_FOR_ALL_KINDS, unfired } from './findings.ts';
import { MATRIX_KEY, matrixTables } from './say-matrix.ts';

const HOUR_MS = 3_600_000;
/** Without a terminal nobody says how wide lines may be. */
const WIDTH = 120;
/** Of what was broken, and of what was never met, so much is shown; `--json` has all. */
const SHOWN = 20;

const shown = <T>(all: readonly T[], line: (one: T) => string): void => {
  for (const one of all.slice(0, SHOWN)) say(`  ${line(one)}`);
  if (all.length > SHOWN) say(`  and ${all.length - SHOWN} more; --json has all of them`);
};

function sayFailure({ script, wrong, replay, cut }: Failure): void {
  say(style('red', `✖ seed ${script.seed} broke ${counted(new Set(wrong.map(({ law }) => law)).size, 'law')}`));
  shown(wrong, ({ law, says }) => `${style('bold', law)}: ${says}`);
  say(`replay: ${replay}`);
  if (cut === null) return;
  const { faults, setting } = cut.script;
  const few = counted(faults.length, 'fault');
  say();
  say(
    `${style('bold', `shrunk to ${few}`)} of ${script.faults.length} in ${counted(cut.runs, 'run')}${cut.isMinimal ? ': none of them can be left out' : '; the runs were spent, it may be fewer'}`,
  );
  say(
    table(
      faults.map(({ at, kind }) => [sayDuration(at), kind]),
      '  ',
    ),
  );
  say(
    `  setting: ${Object.entries(setting)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  );
  say(`  it says: ${cut.says}`);
  say(`replay: ${cut.replay}`);
}

function sayFaults({ kinds, tally }: Findings): void {
  if (kinds.length === 0) return;
  say();
  say(style('bold', 'Faults by kind'));
  say(
    table(
      kinds.map((kind) => [kind, (tally.faults.get(kind) ?? 0).toLocaleString('en-US')]),
      '  ',
    ),
  );
}

function sayMatrix({ kinds, tally }: Findings): void {
  if (tally.components().length === 0) return;
  say();
  say(`${style('bold', 'Fault matrix')}  ${MATRIX_KEY}`);
  for (const part of matrixTables(tally, kinds, process.stdout.columns || WIDTH)) {
    say(part);
    say();
  }
}

function sayCoverage({ coverage: { possible, met, never, unforeseen } }: Findings): void {
  say(
    `${style('bold', 'Coverage')}  ${met} of ${possible} meetings of a kind of fault with a component in a state it can meet`,
  );
  if (never.length > 0) {
    const states = Map.groupBy(never, ({ component, state }) => `${component} in ${state}`);
    if (states.size <= SHOWN) {
      say('never met:');
      shown([...states], ([where, cells]) => `${where}: ${cells.map(({ fault }) => fault).join(', ')}`);
    } else {
      const components = [...Map.groupBy(never, ({ component }) => component)];
      const counts = components.map(([component, cells]) => `${component} ${cells.length}`);
      say(`never met: ${counts.join(', ')}; --json has all of them`);
    }
  }
  if (unforeseen.length > 0) {
    say('met, though it was thought that it could not be:');
    shown(unforeseen, sayCell);
  }
}

/** Tells what a run came to. */
export function sayFindings(findings: Findings): void {
  const { asked, tally, failure, others, twice, tookSeconds, isInterrupted } = findings;
  const hours = tally.simulatedMs / HOUR_MS;
  const pace =
    tookSeconds > 0
      ? ` (${(tally.seeds / tookSeconds).toFixed(2)} seeds/s, ${(hours / tookSeconds).toFixed(2)} simulated h/s)`
      : '';
  say(
    `${counted(tally.seeds, 'seed')}${tally.seeds < asked ? ` of ${asked}` : ''}, ${hours.toFixed(1)} simulated hours in ${sayDuration(tookSeconds * 1_000)}${pace}: ${counted(tally.struck, 'fault')}, ${counted(tally.lives, 'life', 'lives')}, ${counted(tally.incidents, 'incident')}, ${counted(tally.signals, 'signal')}, ${counted(tally.fills, 'fill')}`,
  );
  sayFaults(findings);
  if (asked > 1) {
    sayMatrix(findings);
    sayCoverage(findings);
  }
  say();
  if (failure) sayFailure(failure);
  if (others.length > 0) {
    say(style('red', `✖ ${counted(others.length, 'seed')} more failed`));
    shown(
      others,
      ({ script, wrong }) => `seed ${script.seed}: ${[...new Set(wrong.map(({ law }) => law))].join(', ')}`,
    );
  }
  const silent = unfired(findings);
  if (silent.length > 0)
    say(
      style(
        'red',
        `✖ in ${SEEDS_FOR_ALL_KINDS} seeds and more these never happened, and so prove nothing: ${silent.join(', ')}`,
      ),
    );
  if (twice?.difference) {
    const { seed, line, here, there } = twice.difference;
    say(style('red', `✖ seed ${seed} was not the same in another process`));
    if (line === null) say('  what it decided was the same when it was looked at: the difference does not stay');
    else
      say(
        table(
          [
            [`line ${line} here`, here],
            [`line ${line} there`, there],
          ],
          '  ',
        ),
      );
  } else if (twice) say(`${counted(twice.seeds, 'seed')} once more in another process: the same to the last byte`);
  if (isInterrupted) say(style('yellow', '▲ it was stopped before all seeds were run'));
  if (passes(findings)) say(style('green', '✔ no law was broken'));
}
