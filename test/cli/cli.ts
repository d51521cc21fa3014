import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { askOwner, OwnerSilent } from '../../src/adapters/kernel-lock.ts';
import type { StatusReport } from '../../src/healing/status.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
export const NODE = join(ROOT, 'node_modules/.bin/node');

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly pid: number;
  /** What stdout holds so far. */
  out(): string;
  readonly outcome: Promise<Outcome>;
  /** Resolves once stderr holds this text. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the real command in a process of its own. */
export const start = (args: readonly string[], env: Record<string, string> = {}, cwd = ROOT): Started =>
  startProgram('src/cli/kintsugi.ts', args, env, cwd);

/** Starts a program of this repository in a process of its own. */
export function startProgram(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = ROOT,
): Started {
  const { NO_COLOR: _, FORCE_COLOR: __, KINTSUGI_DEBUG: ___, ...rest } = process.env;
  const child = spawn(NODE, [join(ROOT, program), ...args], { cwd, env: { ...rest, ...env } });
  let out = '';
  let err = '';
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    for (const one of waiting) if (err.includes(one.text)) one.resolve();
  });
  const outcome = new Promise<Outcome>((resolved) => child.on('close', (code) => resolved({ code, out, err })));
  return {
    pid: child.pid ?? 0,
    out: () => out,
    outcome,
    said: (text) =>
      new Promise((resolved, reject) => {
        if (err.includes(text)) return resolved();
        waiting.push({ text, resolve: resolved });
        void outcome.then(() => reject(new Error(`it ended without saying "${text}":\n${out}${err}`)));
      }),
    kill: (signal) => child.kill(signal),
  };
}

/** Runs the real command to its end. */
export const kintsugi = (args: readonly string[], env?: Record<string, string>, cwd?: string): Promise<Outcome> =>
  start(args, env, cwd).outcome;

/** What is awaited of a bot in a process of its own comes in its own time on a busy machine. */
export const PATIENT = { timeout: 45_000, interval: 200 } as const;

/** A folder that is new and empty. */
export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'kintsugi-cli-'));

/** What a running bot answers, as `kintsugi status` asks it; `null` where none does. To wait for something asks for no process each time. */
export async function statusOf(dir: string): Promise<StatusReport | null> {
  try {
    return (await askOwner(dir, { timeoutMs: 2_000 })) as StatusReport | null;
  } catch (error) {
    if (error instanceof OwnerSilent) return null;
    throw error;
  }
}

/** What a running bot says of one of its invariants. */
export const holdsIn = async (dir: string, invariant: string): Promise<boolean | null | undefined> =>
  (await statusOf(dir))?.invariants.find(({ id }) => id === invariant)?.holds;

/** Starts a bot that is stopped, at the latest, when the test is over. */
export function startForTest(args: readonly string[], env?: Record<string, string>, cwd?: string): Started {
  const started = start(args, env, cwd);
  onTestFinished(() => {
    started.kill('SIGKILL');
  });
  return started;
}
