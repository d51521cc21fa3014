import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { askOwner } from '../../src/adapters/kernel-lock.ts';
import type { RestartRecord } from '../../src/cli/guardian/records.ts';
import type { GuardianPolicy } from '../../src/healing/guardian.ts';
import type { StatusReport } from '../../src/healing/status.ts';

const NODE = resolve(import.meta.dirname, '../../node_modules/.bin/node');
const PROGRAM = join(import.meta.dirname, 'fixtures/guarded.ts');

export interface GuardedBot {
  readonly dir: string;
  /** Of the guardian. */
  readonly pid: number;
  readonly outcome: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  said(): string;
  kill(signal: NodeJS.Signals): void;
  /** As a terminal does: to all processes in it. */
  killAll(signal: NodeJS.Signals): void;
  /** Ends both, whatever became of them. */
  end(): Promise<void>;
  /** What the bot answers; `null` when none owns the directory, or it does not answer. */
  status(): Promise<StatusReport | null>;
  /** Complete lines of a file of records. */
  lines(path: string): readonly string[];
  restarts(): readonly RestartRecord[];
  /** Waits for something that holds; throws with what was said. @returns what held */
  until<T>(what: string, look: () => T | null | false | Promise<T | null | false>, withinMs?: number): Promise<T>;
}

export interface GuardedOptions {
  readonly dir?: string;
  readonly entry?: 'faulty-bot.ts' | 'puppet.ts';
  readonly policy?: Partial<GuardianPolicy>;
  readonly env?: Readonly<Record<string, string>>;
}

export const botFolder = (): string => {
  const dir = join(mkdtempSync(join(tmpdir(), 'kintsugi-guarded-')), 'bot');
  mkdirSync(join(dir, 'logs'), { recursive: true });
  return dir;
};

/** A guardian as a process of its own, over a bot as another. */
export function guardedBot({
  dir = botFolder(),
  entry = 'faulty-bot.ts',
  policy = {},
  env = {},
}: GuardedOptions = {}): GuardedBot {
  const child = spawn(NODE, [PROGRAM, dir, entry, JSON.stringify(policy)], {
    env: { ...process.env, ...env },
    // A process group of their own, to be ended together.
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const lines = (path: string): string[] => {
    try {
      return readFileSync(join(dir, path), 'utf8').split('\n').slice(0, -1);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };
  const outcome = new Promise<{ code: number | null; signal: string | null }>((resolved) =>
    child.on('close', (code, signal) => resolved({ code, signal })),
  );
  return {
    dir,
    pid: child.pid ?? 0,
    outcome,
    said: () => text,
    kill: (signal) => child.kill(signal),
    killAll: (signal) => process.kill(-(child.pid ?? 0), signal),
    end: async () => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      await outcome;
    },
    status: () => askOwner(dir, { timeoutMs: 500 }).catch(() => null) as Promise<StatusReport | null>,
    lines,
    restarts: () => lines('logs/guardian.jsonl').map((line) => JSON.parse(line) as RestartRecord),
    until: async (what, look, withinMs = 50_000) => {
      const began = performance.now();
      for (;;) {
        const found = await look();
        if (found !== null && found !== false) return found as never;
        if (performance.now() - began > withinMs)
          throw new Error(`it did not come about within ${withinMs} ms: ${what}\nsaid:\n${text.slice(-4_000)}`);
        await new Promise((resolved) => setTimeout(resolved, 50));
      }
    },
  };
}
