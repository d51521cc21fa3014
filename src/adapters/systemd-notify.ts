/**
 * Words to systemd (`sd_notify(3)`). They go by a Unix datagram socket, which Node does not have; so each is said by
 * `systemd-notify(1)`, a process of its own that comes with systemd. The unit must say `NotifyAccess=all`.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Systemd {
  /** How often systemd must hear `WATCHDOG=1`, ms; `null` where the unit has no `WatchdogSec`. */
  readonly watchdogMs: number | null;
  /** Says assignments as `READY=1`, `STATUS=…`, in the order of the calls. Never throws; what fails is told once. */
  say(...assignments: readonly string[]): void;
  /** Says `WATCHDOG=1`, unless other words are still waiting to be said: those would only pile up. */
  alive(): void;
  /** Resolves when all has been said, or given up. */
  settled(): Promise<void>;
}

const PROGRAM = 'systemd-notify';
/** It waits for systemd to have read it; longer than this, and the next word is more important. */
const WITHIN_MS = 5_000;

const programOn = (path: string): string | null => {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, PROGRAM);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
};

function watchdogOf({ WATCHDOG_USEC: usec, WATCHDOG_PID: pid }: NodeJS.ProcessEnv): number | null {
  const ms = Number(usec) / 1_000;
  // Another process of the unit is the one that is watched.
  const isOurs = pid === undefined || Number(pid) === process.pid;
  return isOurs && ms > 0 ? ms : null;
}

/**
 * @param warn told in plain language why nothing can be said, where systemd listens
 * @returns `null` when systemd does not listen (no `NOTIFY_SOCKET`), or cannot be spoken to
 */
export function systemd(warn: (says: string) => void, env: NodeJS.ProcessEnv = process.env): Systemd | null {
  if (!env.NOTIFY_SOCKET) return null;
  const program = programOn(env.PATH ?? '');
  if (program === null) {
    warn(
      `systemd waits to hear from this service, but ${PROGRAM} is not on the PATH, so it cannot be told anything: it will end the ` +
        'service when its start takes too long. Install systemd (it brings the program), or use Type=exec without WatchdogSec',
    );
    return null;
  }
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  let warned = false;
  const failed = (why: string): void => {
    if (!warned) warn(`${program} could not tell systemd how the bot is (${why}); the watchdog of the unit may end it`);
    warned = true;
  };
  const sayNow = (assignments: readonly string[]): Promise<void> =>
    new Promise((resolve) => {
      const child = spawn(program, assignments, { stdio: 'ignore', timeout: WITHIN_MS, env });
      child.on('error', (error) => {
        failed(error.message);
        resolve();
      });
      child.on('exit', (code, signal) => {
        if (code !== 0) failed(signal === null ? `it ended with ${code}` : `it was ended after ${WITHIN_MS} ms`);
        resolve();
      });
    });
  const say = (...assignments: readonly string[]): void => {
    waiting++;
    last = last
      .then(() => sayNow(assignments))
      .then(() => {
        waiting--;
      });
  };
  return {
    watchdogMs: watchdogOf(env),
    say,
    alive: () => {
      if (waiting === 0) say('WATCHDOG=1');
    },
    settled: () => last,
  };
}
