import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { verifyLedger } from '../../src/cli/commands/verify.ts';
import { examine } from '../../src/cli/doctor/examine.ts';
import { readEscalation, readLedger } from '../../src/cli/read-ledger.ts';
import { acknowledgedLines } from './acknowledged.ts';
import { type Bench, linesBelow, plainly, type Run } from './bench.ts';
import type { Call } from './calls.ts';
import type { Point } from './faults.ts';

/** How a run came out of its fault. */
export type Verdict =
  /** Killed, and whole after the next start. */
  | 'whole'
  /** It healed what came of it: an incident with its proof. */
  | 'healed'
  /** It was at healing it when its time was over; the next start must end it. */
  | 'healing'
  /** It said what happened and went on, or did it again. */
  | 'told'
  /** It could not heal it: an incident that is open, and an alert. */
  | 'red'
  /** It said what happened, and ended with an exit code. */
  | 'stopped'
  /** It came late, and that was all. */
  | 'late'
  /** No such call was made: nothing was injected. */
  | 'passed'
  | 'wrong';

export interface Judged {
  readonly verdict: Verdict;
  /** The call that was struck, with its path. */
  readonly hit: string;
  /** Empty where all is well. */
  readonly wrong: readonly string[];
}

/** What people find in a log about an error of the system: its name, or the bot's words for it (node-files.ts). */
const WORDS: Readonly<Record<string, RegExp>> = {
  ENOSPC: /ENOSPC|disk is full|no space left/i,
  EIO: /EIO|I\/O error|i\/o error/i,
  EACCES: /EACCES|permission denied|system refuses/i,
  EROFS: /EROFS|read-only file system|file system is read-only/i,
  EMFILE: /EMFILE|too many (open )?files/i,
};

const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const count = (dir: string, file: string): number => text(join(dir, file)).split('\n').length - 1;

const everything = (dir: string): string =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    .join('\n');

/** Positions that the bot told a person it had opened, by signal. */
const saidOpened = (dir: string): readonly string[] =>
  [...text(join(dir, 'logs/bot_out.log')).matchAll(/"signal_id":"([^"]+)","msg":"opened /g)].map(([, id]) => id ?? '');

function struck({ calls, signal, dir }: Run, { call, fault }: Point): Call | null {
  if (fault.kind !== 'kill') return calls.find(({ injected }) => injected) ?? null;
  if (signal !== 'SIGKILL') return null;
  const last = calls.findLast(({ name, result }) => name === call && result === null);
  return last ?? { pid: 0, name: call, args: '', paths: [dir], result: null, code: null, injected: true };
}

const named = (path: string): string => path.replace(/\.0{8}-[0-9a-f-]+\.tmp$/, '*.tmp');

/** What a bot that lived through an error said of it. @returns the verdict and what is wrong */
function afterError({ dir, code, signal, out, err }: Run, code_: string): readonly [Verdict, readonly string[]] {
  if (signal !== null) return ['wrong', [`it died of ${signal}: ${err.slice(-600)}`]];
  const said = [
    err,
    out,
    ...['bot_out.log', 'healing.jsonl', 'operator_alerts.jsonl'].map((name) => text(join(dir, 'logs', name))),
  ];
  const isTold = said.some((one) => WORDS[code_]?.test(one));
  if (code !== 0) {
    const foreseen = isTold && !err.includes('This was not foreseen');
    return foreseen ? ['stopped', []] : ['wrong', [`it ended with ${code} and does not say why: ${err.slice(-600)}`]];
  }
  if (!isTold) return ['wrong', ['it went on and said nothing']];
  const { incidents = {} } = JSON.parse(out) as { readonly incidents?: Readonly<Record<string, number>> };
  const { open = 0, failed = 0, healed = 0 } = incidents;
  if (open + failed === 0) return [healed > 0 ? 'healed' : 'told', []];
  if (count(dir, 'logs/operator_alerts.jsonl') > 0) return ['red', []];
  const last = new Map(readLedger(dir).map(({ record }) => [record?.incident_id, record]));
  const isActedOn = [...last.values()].every(
    (one) => one?.status !== 'open' || (Array.isArray(one.remedies) && one.remedies.length > 0),
  );
  return isActedOn && failed === 0
    ? ['healing', []]
    : ['wrong', [`${open} incidents open, ${failed} failed, and no alert`]];
}

/** Starts the bot again without faults, and says what is wrong with what it finds. */
async function afterRestart(
  bench: Bench,
  { dir, calls, precious }: Run,
  mayBlock: boolean,
): Promise<readonly string[]> {
  const opened = saidOpened(dir);
  const args = ['run', '--config', bench.config, '--dir', dir, '--for', '12m', '--json'];
  const again = await plainly(bench, args);
  if (again.code !== 0) return [`it does not start again: ${again.signal ?? again.code} ${again.err.slice(-600)}`];
  const wrong: string[] = [];
  const { incidents } = JSON.parse(again.out) as {
    readonly incidents: { readonly open: number; readonly failed: number };
  };
  if (incidents.open + incidents.failed > 0) wrong.push(`after the restart: ${JSON.stringify(incidents)}`);
  for (const { reason, line } of verifyLedger(dir).findings) wrong.push(`verify: line ${line}: ${reason}`);
  const { findings } = await examine(dir, false);
  for (const { severity, file, line, reason } of findings)
    if (severity !== 'info') wrong.push(`doctor: ${file} line ${line}: ${reason}`);
  const lines = linesBelow(dir);
  const lost = acknowledgedLines(calls).filter((line) => !lines.has(line));
  if (lost.length > 0) wrong.push(`${lost.length} acknowledged lines are lost: ${lost[0]?.slice(0, 200)}`);
  const all = everything(dir);
  const gone = precious.filter((line) => !all.includes(line));
  if (gone.length > 0) wrong.push(`${gone.length} are gone that were there before: ${gone[0]?.slice(0, 200)}`);
  const changes = [...lines].filter((line) => line.includes('"event_type":"position_change"'));
  for (const id of opened)
    if (!changes.some((line) => line.includes(id))) wrong.push(`it said it opened ${id}, and no record does`);
  const state = readEscalation(dir);
  if (!state.ok) wrong.push(`the operator's state: ${state.missing ? 'missing' : state.reason}`);
  else if (state.value.soft_kill_switch_active && mayBlock === false)
    wrong.push(`the kill switch is on: ${state.value.reason}`);
  const left = readdirSync(dir, { recursive: true })
    .map(String)
    .filter((path) => /\.tmp$|^run\/.*\.[0-9a-f]{8}$/.test(path));
  if (left.length > 0) wrong.push(`left behind: ${left}`);
  return wrong;
}

/** What became of a run with a fault, and of the start after it. */
export async function judge(bench: Bench, point: Point, run: Run): Promise<Judged> {
  const call = struck(run, point);
  const { fault } = point;
  if (call === null && !run.hung) {
    const wrong =
      run.code === 0
        ? []
        : [`nothing was injected, and it ended with ${run.code ?? run.signal}: ${run.err.slice(-600)}`];
    return { verdict: wrong.length > 0 ? 'wrong' : 'passed', hit: '', wrong };
  }
  const hit = `${point.call} ${call?.paths.map((path) => named(relative(run.dir, path)) || '.').join(' → ') ?? ''}`;
  if (run.hung) return { verdict: 'wrong', hit, wrong: ['it does not end'] };
  let verdict: Verdict = fault.kind === 'kill' ? 'whole' : 'late';
  let first: readonly string[] = [];
  if (fault.kind === 'error') [verdict, first] = afterError(run, fault.code);
  else if (fault.kind === 'delay' && run.code !== 0)
    first = [`it ended with ${run.code ?? run.signal}: ${run.err.slice(-600)}`];
  const wrong = [...first, ...(await afterRestart(bench, run, verdict === 'red'))];
  return { verdict: wrong.length > 0 ? 'wrong' : verdict, hit, wrong };
}
