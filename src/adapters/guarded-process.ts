/** The guardian's side: one process, whose messages are its beats. */
import { type ChildProcess, fork } from 'node:child_process';
import { type Ask, type Beat, beatIn } from '../ports/guardian.ts';
import { GUARDED } from './guardian-link.ts';

export interface Program {
  /** The script Node runs. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Options of Node itself; those of this process when not given. */
  readonly execArgv?: readonly string[];
}

export interface GuardedProcess {
  /** `null`: the system would not start it. */
  readonly pid: number | null;
  ask(ask: Ask): void;
  /** SIGKILL, which also ends a process that was stopped by SIGSTOP. */
  kill(): void;
}

export interface ProcessEvents {
  readonly beat: (beat: Beat) => void;
  /** Once. `error`: it could not be started at all. */
  readonly exited: (code: number | null, signal: string | null, error: Error | null) => void;
}

/** These are the guardian's to answer; a bot that answered as well would hide its own death from systemd. */
const FOR_THE_GUARDIAN = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];

/**
 * Starts a process that shares this one's terminal, streams and process group.
 * @param word what it may want to know of its birth; it reads it by `guardianLink`
 */
export function startGuarded(program: Program, word: string | null, tell: ProcessEvents): GuardedProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOR_THE_GUARDIAN.includes(name)));
  let child: ChildProcess;
  try {
    child = fork(program.entry, program.args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...env, [GUARDED]: JSON.stringify({ word }) },
      ...(program.execArgv ? { execArgv: [...program.execArgv] } : {}),
    });
  } catch (error) {
    // Some failures (no memory) are thrown, and others told; here, too, it is told after this call.
    queueMicrotask(() => tell.exited(null, null, error as Error));
    return { pid: null, ask: () => undefined, kill: () => undefined };
  }
  let over = false;
  const end = (code: number | null, signal: string | null, error: Error | null): void => {
    if (over) return;
    over = true;
    tell.exited(code, signal, error);
  };
  child.on('message', (message) => {
    const beat = beatIn(message);
    // What a dead process had still said comes after its end.
    if (beat && !over) tell.beat(beat);
  });
  child.on('exit', (code, signal) => end(code, signal, null));
  // Also a message that cannot be sent is told here: only one that never ran has ended by it.
  child.on('error', (error) => {
    if (child.pid === undefined) end(null, null, error);
  });
  return {
    pid: child.pid ?? null,
    ask: (ask) => {
      // One that ends just now needs not be told; its end is news enough.
      if (child.connected) child.send(ask, () => undefined);
    },
    kill: () => child.kill('SIGKILL'),
  };
}
