/** A real bot, in processes as a person starts it, for tests that share one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, type Started, start } from '../cli/cli.ts';
import { type Asked, asked } from '../cli/inspected.ts';

export interface RealBot extends Asked {
  readonly dir: string;
  readonly started: Started;
  /** Stops it as Ctrl-C does. */
  stop(): Promise<void>;
}

/** `kintsugi run` on a free port, ready to be asked. Whoever started it stops it. */
export async function realBot(...args: readonly string[]): Promise<RealBot> {
  const dir = freshFolder();
  const started = start(['run', '--dir', dir, '--port', '0', ...args]);
  await started.said('see it live');
  const url = `http://127.0.0.1:${readFileSync(join(dir, 'run/inspector_port'), 'utf8').trim()}/`;
  return {
    ...asked(dir, url),
    dir,
    started,
    stop: async () => {
      started.kill('SIGTERM');
      await started.outcome;
    },
  };
}
