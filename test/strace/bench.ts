import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Call, callsIn } from './calls.ts';
import { CALL_NAMES, injection, type Point } from './faults.ts';
import { NODE } from './packaged-bot.ts';
import { CONFIG, WORKLOADS, type Workload } from './workloads.ts';

/** A run that has not ended by then hangs, ms. A busy machine takes its time, and strace takes more. */
const ENDS_WITHIN_MS = 180_000;
const KNOWN_NAMES = join(import.meta.dirname, 'known-names.mjs');

export interface Run {
  readonly dir: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** It was ended since it did not end. */
  readonly hung: boolean;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly Call[];
  /** What must be found in the directory whatever happened: good records it began with, and the evidence of what was damaged. */
  readonly precious: readonly string[];
}

/** Where runs are made: the bot's command, strace, and what each workload begins with. */
export interface Bench {
  readonly command: string;
  readonly strace: string;
  readonly config: string;
  /** Where a healthy bot ran and stopped. */
  readonly healthy: string;
}

interface Ended extends Omit<Run, 'dir' | 'calls' | 'precious'> {}

function ended(program: string, args: readonly string[], withinMs: number): Promise<Ended> {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    UV_THREADPOOL_SIZE: '1',
    VITEST: undefined,
    NODE_COMPILE_CACHE: undefined,
  };
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err, hung] = ['', '', false];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const timer = setTimeout(() => {
    hung = true;
    // Its own group: strace and what it traces.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  }, withinMs);
  return new Promise((resolved, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolved({ code, signal, hung, out, err });
    });
  });
}

const node = (command: string, args: readonly string[], flags: readonly string[] = []): readonly string[] => [
  ...[NODE, ...flags, command, ...args],
];

/** The bot's command in a process of its own, without faults. */
export const plainly = ({ command }: Bench, args: readonly string[]): Promise<Ended> => {
  const [program = '', ...rest] = node(command, args);
  return ended(program, rest, ENDS_WITHIN_MS);
};

/** All lines of all logs below a folder, those of the quarantine too. */
export function linesBelow(dir: string): ReadonlySet<string> {
  const lines = new Set<string>();
  if (!existsSync(dir)) return lines;
  for (const path of readdirSync(dir, { recursive: true }).map(String)) {
    if (!path.endsWith('.jsonl')) continue;
    for (const line of readFileSync(join(dir, path), 'utf8').split('\n')) if (line.trim() !== '') lines.add(line);
  }
  return lines;
}

const newFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'kintsugi-strace-')));

export async function openBench(command: string, strace: string): Promise<Bench> {
  const folder = newFolder();
  const config = join(folder, 'kintsugi.json');
  writeFileSync(config, JSON.stringify(CONFIG));
  const healthy = join(folder, 'bot');
  const bench = { command, strace, config, healthy };
  const [trade] = WORKLOADS;
  const { code, err } = await plainly(bench, trade?.args(healthy, config) ?? []);
  if (code !== 0) throw new Error(`the bot does not run without faults: ${err}`);
  return bench;
}

async function traced(
  { command, strace, config, healthy }: Bench,
  workload: Workload,
  flags: (dir: string) => readonly string[],
): Promise<Run> {
  const folder = newFolder();
  const [dir, log] = [join(folder, 'bot'), join(folder, 'strace.log')];
  workload.prepare(dir, healthy);
  const good = linesBelow(healthy);
  const precious = [...workload.evidence(healthy), ...[...linesBelow(dir)].filter((line) => good.has(line))];
  const program = node(command, workload.args(dir, config), ['--import', KNOWN_NAMES]);
  const all = ['-f', '-y', '-s', '1000000', '-o', log, ...flags(dir), '-e', `trace=${CALL_NAMES.join()}`, ...program];
  const end = await ended(strace, all, ENDS_WITHIN_MS);
  return { dir, ...end, precious, calls: existsSync(log) ? callsIn(readFileSync(log, 'utf8')) : [] };
}

/** What a workload calls on files of its own when nothing fails. */
export interface Survey {
  readonly workload: Workload;
  /** Relative to the bot's directory. */
  readonly paths: readonly string[];
  /** So many calls of a name on them. */
  readonly calls: ReadonlyMap<string, number>;
}

/** Runs a workload without faults and notes which files it touches. */
export async function survey(bench: Bench, workload: Workload): Promise<Survey> {
  const { dir, code, err, calls } = await traced(bench, workload, () => ['--seccomp-bpf']);
  if (code !== 0) throw new Error(`${workload.name} fails without faults: ${err}`);
  const own = calls.filter(({ paths }) => paths.some((path) => path === dir || path.startsWith(`${dir}/`)));
  const paths = new Set(own.flatMap((call) => call.paths.map((path) => relative(dir, path))));
  const counts = new Map<string, number>();
  for (const { name } of own) counts.set(name, (counts.get(name) ?? 0) + 1);
  return { workload, paths: [...paths].filter((path) => !path.startsWith('..')).sort(), calls: counts };
}

/**
 * Runs a workload with one fault. strace counts the calls of each thread for itself; but a call of one name is made by one
 * thread alone here: syncs by the one of the pool, all others by the main one.
 */
export function strike(bench: Bench, { workload, paths }: Survey, point: Point): Promise<Run> {
  // A signal is not delivered at the stops of seccomp (strace 6.1), so a kill goes the slow way.
  const fast = point.fault.kind === 'kill' ? [] : ['--seccomp-bpf'];
  return traced(bench, workload, (dir) => [
    ...[...fast, ...paths.flatMap((path) => ['-P', join(dir, path)])],
    ...['-e', injection(point)],
  ]);
}
