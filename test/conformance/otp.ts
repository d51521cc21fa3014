/** The scenarios on the real OTP, where there is one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome, Scenario, Step, Tree, Worker } from './scenarios.ts';

export interface Answers {
  /** The release of OTP that gave them. */
  readonly otp: string;
  readonly outcomes: readonly ({ readonly name: string } & Outcome)[];
}

export const ANSWERS_FILE = join(import.meta.dirname, 'otp-answers.json');
export const recorded = (): Answers => JSON.parse(readFileSync(ANSWERS_FILE, 'utf8')) as Answers;

export const hasErlang = (): boolean => spawnSync('erl', ['-version'], { stdio: 'ignore' }).status === 0;

const list = (terms: readonly string[]): string => `[${terms.join(', ')}]`;
const tuple = (...terms: readonly (string | number)[]): string => `{${terms.join(', ')}}`;

const childTerm = (child: Worker | Tree): string =>
  'children' in child
    ? tuple(
        'tree',
        child.id,
        child.restart,
        child.strategy,
        child.most,
        child.withinS,
        list(child.children.map(childTerm)),
      )
    : tuple('worker', child.id, child.restart, child.shutdown, child.stops, list(child.startsFailing.map(String)));
const stepTerm = (step: Step): string => (step[0] === 'stop' ? 'stop' : tuple(...step));

/** Lives through them on OTP's `supervisor`, all at once: takes as long as the longest, some seconds. */
export function liveOnOtp(scenarios: readonly Scenario[]): Answers {
  const file = join(mkdtempSync(join(tmpdir(), 'kintsugi-otp-')), 'scenarios.terms');
  const terms = scenarios.map(
    ({ name, top, steps }) => `${tuple(JSON.stringify(name), childTerm(top), list(steps.map(stepTerm)))}.\n`,
  );
  writeFileSync(file, terms.join(''));
  const told = execFileSync('escript', [join(import.meta.dirname, 'otp.escript'), file], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  return JSON.parse(told) as Answers;
}
